-- Batches as clients see them, without their items (batch_detail). The collection's name is the one of the day the
-- batch was made; once the collection is gone, so is its place here.
-- Called by: everything that answers with a batch. Not for clients: it takes a user.
create or replace function darkroom.batch_objects(p_user uuid, p_ids uuid[])
  returns table (id uuid, object jsonb)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
begin
  return query
  select
    b.id,
    jsonb_build_object(
      'id', b.id,
      'name', b.name,
      'collection', case when b.collection_id is not null then
        jsonb_build_object('id', b.collection_id, 'name', b.collection_name) end,
      'project_id', b.project_id,
      'source_batch_id', b.source_batch_id,
      'status', b.status,
      'total', b.total,
      'completed', b.completed,
      'failed', b.failed,
      'cancelled', b.cancelled,
      'pending', b.total - b.completed - b.failed - b.cancelled,
      'credits_used', b.credits_used,
      'metadata', b.metadata,
      'created_at', darkroom.json_time(b.created_at),
      'finished_at', darkroom.json_time(b.finished_at))
  from darkroom.batches as b
  where b.user_id = p_user and b.id = any (p_ids);
end
$$;
comment on function darkroom.batch_objects(uuid, uuid[]) is 'The batch objects of these ids of a user, without items, in no order.';
