-- How a file of a content type is called.
create or replace function darkroom.file_ending(p_content_type text) returns text
  language sql
  immutable
  parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select case p_content_type
    when 'image/png' then 'png'
    when 'image/jpeg' then 'jpg'
    when 'image/webp' then 'webp'
    when 'image/gif' then 'gif'
    when 'image/avif' then 'avif'
    else 'bin'
  end
$$;
comment on function darkroom.file_ending(text) is 'The ending of a file''s name for a content type.';
