-- Where the bytes of an image lie, for its owner alone. A thumbnail that was never made falls back to the full picture.
-- content_type is null for a thumbnail: what it is the reader finds by looking at it, as it must anyway. The name is for
-- people, in any script; whoever writes it into a header sees to what headers bear.
-- Called by: clients.
create or replace function darkroom.get_image_file(p_image uuid, p_size text default 'full') returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_file jsonb;
begin
  if p_size is null or p_size not in ('full', 'thumb') then
    perform darkroom.invalid('/size', 'size is full or thumb.');
  end if;
  select jsonb_build_object(
    'object_key', case p_size when 'thumb' then coalesce(i.thumbnail_key, i.object_key) else i.object_key end,
    'content_type', case when p_size = 'full' or i.thumbnail_key is null then i.content_type end,
    'name', darkroom.card_title(g.name, coalesce(nullif(g.caption, ''), g.prompt))
      || case when g.total > 1 then ' ' || i.slot + 1 else '' end || '.' || darkroom.file_ending(i.content_type))
  into v_file
  from darkroom.images as i
  join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
  where i.user_id = v_user and i.id = p_image;
  if v_file is null then
    perform darkroom.not_found('image');
  end if;
  return v_file || jsonb_build_object('seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_image_file(uuid, text) is
  'Where an image of the current user is stored (full or thumb): {object_key, content_type, name, seq}; DR404.';
