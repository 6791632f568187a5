-- An image as clients see it: the one place where that is written down. It is put into the statement of whoever builds
-- objects with images, which then looks for all of them at once.
create or replace function darkroom.image_json(p_image darkroom.images, p_model_name text) returns json
  language sql
  stable
  parallel safe
as $$
  select json_build_object(
    'id', p_image.id,
    'generation_id', p_image.generation_id,
    'job_id', p_image.job_id,
    'model', p_image.model,
    'model_name', darkroom.model_label(p_image.model, p_model_name),
    'prompt', p_image.prompt,
    'edited', p_image.edited,
    'slot', p_image.slot,
    'seed', p_image.seed,
    'width', p_image.width,
    'height', p_image.height,
    'aspect_ratio', p_image.aspect_ratio,
    'resolution', p_image.resolution,
    'content_type', p_image.content_type,
    'bytes', p_image.bytes,
    'url', darkroom.image_url(p_image.id),
    'thumbnail_url', darkroom.image_url(p_image.id, 'thumb'),
    'duration_ms', p_image.duration_ms,
    'credits', p_image.credits,
    'favourite', p_image.favourite,
    'source_image_id', p_image.source_image_id,
    'deleted_at', darkroom.json_time(p_image.deleted_at),
    'created_at', darkroom.json_time(p_image.created_at))
$$;
comment on function darkroom.image_json(darkroom.images, text) is 'The image object of a row, with the name of its model.';
