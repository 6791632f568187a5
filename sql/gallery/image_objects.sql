-- Images as clients see them. Every object of the product is built by a function of this kind, and by it alone: lists,
-- single reads and events show the same thing, so events laid over an older answer give what a fresh read gives.
-- plpgsql, because its plans are kept for the session: planning such a query costs more than running it.
-- Called by: the other builders, and everything that answers with an image. Not for clients: it takes a user.
create or replace function darkroom.image_objects(p_user uuid, p_ids uuid[])
  returns table (id uuid, object jsonb)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
begin
  if cardinality(p_ids) = 0 then
    return;
  end if;
  return query
  select
    i.id,
    jsonb_build_object(
      'id', i.id,
      'generation_id', i.generation_id,
      'job_id', i.job_id,
      'model', i.model,
      'model_name', darkroom.model_label(i.model, m.name),
      'prompt', i.prompt,
      'edited', i.edited,
      'slot', i.slot,
      'seed', i.seed,
      'width', i.width,
      'height', i.height,
      'aspect_ratio', i.aspect_ratio,
      'resolution', i.resolution,
      'content_type', i.content_type,
      'bytes', i.bytes,
      'url', darkroom.image_url(i.id),
      'thumbnail_url', darkroom.image_url(i.id, 'thumb'),
      'duration_ms', i.duration_ms,
      'credits', i.credits,
      'favourite', i.favourite,
      'source_image_id', i.source_image_id,
      'deleted_at', darkroom.json_time(i.deleted_at),
      'created_at', darkroom.json_time(i.created_at))
  from darkroom.images as i
  left join darkroom.models as m on m.id = i.model
  where i.user_id = p_user and i.id = any (p_ids);
end
$$;
comment on function darkroom.image_objects(uuid, uuid[]) is 'The image objects of these ids of a user, in no order.';
