-- Collections as clients see them, with their templates in order.
-- Called by: everything that answers with a collection. Not for clients: it takes a user.
create or replace function darkroom.collection_objects(p_user uuid, p_ids uuid[])
  returns table (id uuid, object jsonb)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
#variable_conflict use_column
begin
  return query
  with prompts as (
    select
      t.collection_id,
      jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'prompt', t.prompt) order by t.position, t.id) as objects
    from darkroom.templates as t
    where t.user_id = p_user and t.collection_id = any (p_ids)
    group by t.collection_id
  )
  select
    c.id,
    jsonb_build_object(
      'id', c.id,
      'name', c.name,
      'templates', coalesce(p.objects, '[]'),
      'metadata', c.metadata,
      'created_at', darkroom.json_time(c.created_at),
      'updated_at', darkroom.json_time(c.updated_at))
  from darkroom.collections as c
  left join prompts as p on p.collection_id = c.id
  where c.user_id = p_user and c.id = any (p_ids);
end
$$;
comment on function darkroom.collection_objects(uuid, uuid[]) is 'The collection objects of these ids of a user, in no order.';
