-- The same for images: those not in the trash that a filter lets through. See matching_generations.
create or replace function darkroom.matching_images(p_user uuid, p_filter jsonb) returns setof darkroom.images
  language sql
  stable
as $$
  select i.*
  from darkroom.images as i
  where i.user_id = p_user
    and i.deleted_at is null
    and (p_filter ->> 'model' is null or i.model = p_filter ->> 'model')
    and (p_filter ->> 'aspect_ratio' is null or i.aspect_ratio = p_filter ->> 'aspect_ratio')
    and (p_filter ->> 'favourite' is null or i.favourite = (p_filter ->> 'favourite')::boolean)
$$;
comment on function darkroom.matching_images(uuid, jsonb) is 'The images outside the trash a filter lets through; inlined into its callers.';
