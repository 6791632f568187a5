-- Projects as clients see them, with the document that only clients understand.
-- Called by: everything that answers with a project. Not for clients: it takes a user.
create or replace function darkroom.project_objects(p_user uuid, p_ids uuid[])
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
    p.id,
    jsonb_build_object(
      'id', p.id,
      'name', p.name,
      'document', p.document,
      'version', p.version,
      'metadata', p.metadata,
      'created_at', darkroom.json_time(p.created_at),
      'updated_at', darkroom.json_time(p.updated_at))
  from darkroom.projects as p
  where p.user_id = p_user and p.id = any (p_ids);
end
$$;
comment on function darkroom.project_objects(uuid, uuid[]) is 'The project objects of these ids of a user, in no order.';
