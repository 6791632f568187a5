-- A planned batch comes into being for a locked user. p_batch is what plan_batch_items answers, and source_batch_id where
-- it repeats another.
-- Writes: batches, what enqueue writes. Called by: create_batch, regenerate_batch.
create or replace function darkroom.enqueue_batch(p_user uuid, p_plan jsonb, p_batch jsonb) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid := darkroom.uuid7();
  v_slots integer := jsonb_array_length(p_batch -> 'items') * jsonb_array_length(p_plan -> 'models')
    * (p_plan ->> 'quantity')::integer;
begin
  if v_slots > 1000 then
    perform darkroom.invalid('/items', format('A batch makes at most 1000 images, not %s.', v_slots), 'Make several batches.');
  end if;
  insert into darkroom.batches
    (user_id, id, name, collection_id, collection_name, project_id, source_batch_id, settings, metadata, total, created_at)
  values
    (p_user, v_id, p_batch ->> 'name', (p_batch ->> 'collection_id')::uuid, p_batch ->> 'collection_name',
     (p_plan ->> 'project_id')::uuid, (p_batch ->> 'source_batch_id')::uuid, p_plan -> 'settings', p_plan -> 'metadata', v_slots,
     darkroom.clock());
  perform darkroom.enqueue(
    p_user,
    p_plan - 'name',
    (select jsonb_agg(i.item || jsonb_build_object('id', darkroom.uuid7(), 'batch_id', v_id) order by i.place)
     from jsonb_array_elements(p_batch -> 'items') with ordinality as i (item, place)),
    array[row(p_user, 'batch.created', null, null, null, null, v_id, null, (p_plan ->> 'project_id')::uuid, null,
      null)::darkroom.new_event]);
  return jsonb_build_object(
    'batch', darkroom.batch_object(p_user, v_id),
    'credits', (select u.credits from darkroom.users as u where u.id = p_user));
end
$$;
comment on function darkroom.enqueue_batch(uuid, jsonb, jsonb) is 'Creates a batch from a plan for a locked user: {batch, credits}.';
