-- One conversation without its turns. See conversation_objects.
create or replace function darkroom.conversation_object(p_user uuid, p_id uuid) returns jsonb
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select o.object from darkroom.conversation_objects(p_user, array[p_id]) as o
$$;
comment on function darkroom.conversation_object(uuid, uuid) is 'The object of one conversation without turns, or null.';
