-- One card. See card_objects.
create or replace function darkroom.card_object(p_user uuid, p_id uuid) returns jsonb
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select o.object::jsonb from darkroom.card_objects(p_user, array[p_id]) as o
$$;
comment on function darkroom.card_object(uuid, uuid) is 'The object of one card, or null.';
