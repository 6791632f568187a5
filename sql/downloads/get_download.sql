-- What to write into the file of a download. Images that were purged since are not in it. Called by: clients.
create or replace function darkroom.get_download(p_id uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_download record;
  v_files jsonb;
begin
  select d.name, d.image_ids, d.created_at into v_download
  from darkroom.downloads as d
  where d.user_id = v_user and d.id = p_id and d.expires_at > darkroom.clock();
  select jsonb_agg(jsonb_build_object(
    'object_key', f.object_key, 'name', f.name, 'bytes', f.bytes, 'created_at', darkroom.json_time(f.created_at)))
  into v_files
  from darkroom.download_files(v_user, v_download.image_ids) as f;
  if v_files is null then
    perform darkroom.not_found('download');
  end if;
  return jsonb_build_object('name', v_download.name, 'files', v_files, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_download(uuid) is
  'A download of the current user: {name, files: [{object_key, name, bytes, created_at}], seq}; DR404.';
