-- Where clients fetch an image: a path that stays, checked against its owner at every use. Storage keys never leave.
create or replace function darkroom.image_url(p_image uuid, p_size text default 'full') returns text
  language sql
  immutable
  parallel safe
as $$
  select '/v1/images/' || p_image::text || '/file?size=' || p_size
$$;
comment on function darkroom.image_url(uuid, text) is 'The path of an image''s file (full or thumb); null for no image.';
