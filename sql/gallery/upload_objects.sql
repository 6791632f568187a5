-- Uploads as clients see them.
-- Called by: everything that answers with an upload. Not for clients: it takes a user.
create or replace function darkroom.upload_objects(p_user uuid, p_ids uuid[])
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
    u.id,
    jsonb_build_object(
      'id', u.id,
      'width', u.width,
      'height', u.height,
      'bytes', u.bytes,
      'content_type', u.content_type,
      'sha256', encode(u.sha256, 'hex'),
      'url', darkroom.upload_url(u.id))
  from darkroom.uploads as u
  where u.user_id = p_user and u.id = any (p_ids);
end
$$;
comment on function darkroom.upload_objects(uuid, uuid[]) is 'The upload objects of these ids of a user, in no order.';
