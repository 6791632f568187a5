-- The same for an upload.
create or replace function darkroom.upload_url(p_upload uuid) returns text
  language sql
  immutable
  parallel safe
as $$
  select '/v1/uploads/' || p_upload::text || '/file'
$$;
comment on function darkroom.upload_url(uuid) is 'The path of an upload''s file; null for no upload.';
