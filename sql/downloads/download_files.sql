-- The files of a download, in its order: those of its images that are still there. Their names begin with their number,
-- which keeps them apart and in order, and go on with what the picture is; they hold nothing that any system forbids in
-- names, and 255 bytes at most.
-- Called by: create_download, get_download.
create or replace function darkroom.download_files(p_user uuid, p_images uuid[])
  returns table (object_key text, name text, bytes bigint, created_at timestamptz)
  language sql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set jit = off
as $$
  select
    i.object_key,
    lpad(w.place::text, length(cardinality(p_images)::text), '0') || ' ' || coalesce(nullif(btrim(left(
      regexp_replace(darkroom.card_title(g.name, coalesce(nullif(g.caption, ''), g.prompt)),
        '[ \u0001-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff/\\:*?"<>|]+', ' ', 'g'), 55), ' .'), ''), 'Untitled')
      || '.' || darkroom.file_ending(i.content_type),
    i.bytes,
    i.created_at
  from unnest(p_images) with ordinality as w (id, place)
  join darkroom.images as i on i.user_id = p_user and i.id = w.id
  join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
  order by w.place
$$;
comment on function darkroom.download_files(uuid, uuid[]) is 'The files of a download of these images of a user, in this order.';
