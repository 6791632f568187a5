-- Where the bytes of an upload lie, for its owner alone. Called by: clients.
create or replace function darkroom.get_upload_file(p_upload uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_file jsonb;
begin
  select jsonb_build_object(
    'object_key', u.object_key,
    'content_type', u.content_type,
    'version', encode(u.sha256, 'hex'),
    'name', 'upload-' || u.id || '.' || darkroom.file_ending(u.content_type))
  into v_file
  from darkroom.uploads as u
  where u.user_id = v_user and u.id = p_upload;
  if v_file is null then
    perform darkroom.not_found('upload');
  end if;
  return v_file || jsonb_build_object('seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_upload_file(uuid) is
  'Where an upload of the current user is stored: {object_key, content_type, version, name, seq}; DR404.';
