-- Where the bytes of an image lie. A thumbnail that was never made falls back to the full picture. content_type is null for
-- a thumbnail: the end of its key tells what it is. version changes with the bytes. The name is for people, in any script;
-- whoever writes it into a header sees to what headers bear.
-- Called by: get_image_file, open_link.
create or replace function darkroom.image_file(p_user uuid, p_image uuid, p_size text) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_size is null or p_size not in ('full', 'thumb') then
    perform darkroom.invalid('/size', 'size is full or thumb.');
  end if;
  return (
    select jsonb_build_object(
      'object_key', f.object_key,
      'content_type', case when f.object_key = i.object_key then i.content_type end,
      'version', encode(
        coalesce(case when f.object_key = i.object_key then i.sha256 end, sha256(convert_to(f.object_key, 'UTF8'))), 'hex'),
      'name', darkroom.card_title(g.name, coalesce(nullif(g.caption, ''), g.prompt))
        || case when g.total > 1 then ' ' || i.slot + 1 else '' end || '.' || darkroom.file_ending(i.content_type))
    from darkroom.images as i
    join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
    cross join lateral (
      select case p_size when 'thumb' then coalesce(i.thumbnail_key, i.object_key) else i.object_key end as object_key
    ) as f
    where i.user_id = p_user and i.id = p_image);
end
$$;
comment on function darkroom.image_file(uuid, uuid, text) is
  'Where an image is stored (full or thumb): {object_key, content_type, version, name}; null if there is none.';
