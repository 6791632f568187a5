-- What create_upload answers. The key is for the API, which compares it with its own and does not pass it on.
create or replace function darkroom.upload_reply(p_user uuid, p_id uuid, p_created boolean) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'upload', darkroom.upload_object(p_user, p_id),
    'object_key', (select u.object_key from darkroom.uploads as u where u.user_id = p_user and u.id = p_id),
    'created', p_created);
end
$$;
comment on function darkroom.upload_reply(uuid, uuid, boolean) is 'The reply to an upload: {upload, object_key, created}.';
