-- One generation. See generation_objects.
create or replace function darkroom.generation_object(p_user uuid, p_id uuid) returns jsonb
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select o.object::jsonb from darkroom.generation_objects(p_user, array[p_id]) as o
$$;
comment on function darkroom.generation_object(uuid, uuid) is 'The object of one generation, or null.';
