-- Where the bytes of an image lie, for its owner alone. Called by: clients.
create or replace function darkroom.get_image_file(p_image uuid, p_size text default 'full') returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_file jsonb := darkroom.image_file(v_user, p_image, p_size);
begin
  if v_file is null then
    perform darkroom.not_found('image');
  end if;
  return v_file || jsonb_build_object('seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_image_file(uuid, text) is
  'Where an image of the current user is stored (full or thumb): {object_key, content_type, version, name, seq}; DR404.';
