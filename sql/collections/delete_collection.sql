-- A collection goes with its templates. Batches made from it stay, without it, and so do their images, whose copy of its
-- id goes on grouping them in reports.
-- Lock order: the user's mutex first. Writes: collections, templates, batches, events. Called by: clients.
create or replace function darkroom.delete_collection(p_id uuid) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_batches uuid[];
begin
  if not exists (select from darkroom.collections as c where c.user_id = v_user and c.id = p_id) then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such collection.');
  end if;
  v_batches := array(select b.id from darkroom.batches as b where b.user_id = v_user and b.collection_id = p_id);
  delete from darkroom.collections as c where c.user_id = v_user and c.id = p_id;
  perform darkroom.append_events(
    darkroom.batch_events(v_user, 'batch.updated', v_batches) || darkroom.collection_event(v_user, p_id, 'deleted'));
  return jsonb_build_object('id', p_id);
end
$$;
comment on function darkroom.delete_collection(uuid) is 'Deletes a collection with its templates; batches made from it stay: {id}.';
