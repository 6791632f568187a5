-- One batch without its items. See batch_objects.
create or replace function darkroom.batch_object(p_user uuid, p_id uuid) returns jsonb
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select o.object from darkroom.batch_objects(p_user, array[p_id]) as o
$$;
comment on function darkroom.batch_object(uuid, uuid) is 'The object of one batch without items, or null.';
