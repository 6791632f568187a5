-- One project. See project_objects.
create or replace function darkroom.project_object(p_user uuid, p_id uuid) returns jsonb
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select o.object from darkroom.project_objects(p_user, array[p_id]) as o
$$;
comment on function darkroom.project_object(uuid, uuid) is 'The object of one project, or null.';
