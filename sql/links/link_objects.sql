-- Links as their owner sees them. What they open with was told once, to whoever made them, and is kept nowhere.
-- Called by: list_links, get_link. Not for clients: it takes a user.
create or replace function darkroom.link_objects(p_user uuid, p_ids uuid[])
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
    l.id,
    jsonb_build_object(
      'id', l.id,
      'image_id', l.image_id,
      'created_at', darkroom.json_time(l.created_at),
      'expires_at', darkroom.json_time(l.expires_at))
  from darkroom.links as l
  where l.user_id = p_user and l.id = any (p_ids) and l.expires_at > darkroom.clock();
end
$$;
comment on function darkroom.link_objects(uuid, uuid[]) is 'The link objects of these ids of a user, as far as they have not expired, in no order.';
