-- What gallery and history can be filtered by, for read_page.
create or replace function darkroom.gallery_fields() returns jsonb
  language sql
  immutable
  parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select '{
    "q": "text", "model": "text", "aspect_ratio": "text", "from": "time", "to": "time", "batch_id": "uuid",
    "collection_id": "uuid", "project_id": "uuid", "category": ["generate", "edit", "import"], "favourite": "flag",
    "status": ["queued", "captioning", "generating", "completed", "failed", "cancelled"]
  }'::jsonb
$$;
comment on function darkroom.gallery_fields() is 'The filters that gallery and history share, with their kinds.';
