-- The same batch once more, from its items as they were asked for. p_changes: {seed: "same"/"new"/number, models,
-- idempotency_key}; a new seed unless the same or a number is asked for.
-- Lock order: the user's mutex first. Writes: what enqueue_batch writes, idempotency_keys. Called by: clients.
create or replace function darkroom.regenerate_batch(p_id uuid, p_changes jsonb default '{}') returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_scope text := 'regenerate_batch ' || p_id;
  v_batch darkroom.batches;
  v_first darkroom.generations;
  v_items jsonb;
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_changes, array['seed', 'models', 'idempotency_key']);
  v_reply := darkroom.replay(v_user, v_scope, p_changes);
  if v_reply is not null then
    return v_reply;
  end if;
  select b.* into v_batch from darkroom.batches as b where b.user_id = v_user and b.id = p_id;
  if not found then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such batch.');
  end if;
  select g.* into v_first
  from darkroom.generations as g
  where g.user_id = v_user and g.batch_id = p_id and g.deleted_at is null
  order by g.id
  limit 1;
  if not found then
    perform darkroom.refuse('DR409', 'in-trash', 'No item of this batch is left.', 'Restore some from the trash.');
  end if;
  select jsonb_agg(jsonb_build_object(
    'prompt', g.prompt, 'name', g.name, 'template_id', g.template_id, 'template_name', g.template_name,
    'regenerated_from_id', g.id, 'seed', case p_changes ->> 'seed' when 'same' then g.settings -> 'seed' end) order by g.id)
  into v_items
  from darkroom.generations as g
  where g.user_id = v_user and g.batch_id = p_id and g.deleted_at is null;

  return darkroom.remember(v_user, v_scope, p_changes, darkroom.enqueue_batch(v_user,
    darkroom.plan_request(v_user,
      darkroom.request_again(v_first, p_changes)
        || jsonb_build_object('metadata', v_batch.metadata, 'project_id', v_batch.project_id),
      darkroom.references_again(v_user, v_first.id)),
    jsonb_build_object(
      'name', v_batch.name, 'collection_id', v_batch.collection_id, 'collection_name', v_batch.collection_name,
      'source_batch_id', p_id, 'items', v_items)));
end
$$;
comment on function darkroom.regenerate_batch(uuid, jsonb) is
  'Makes a batch again as a new batch: {batch, credits}. Changes: seed, models.';
