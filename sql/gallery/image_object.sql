-- One image. See image_objects.
create or replace function darkroom.image_object(p_user uuid, p_id uuid) returns jsonb
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select o.object::jsonb from darkroom.image_objects(p_user, array[p_id]) as o
$$;
comment on function darkroom.image_object(uuid, uuid) is 'The object of one image, or null.';
