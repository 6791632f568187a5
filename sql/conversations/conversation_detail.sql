-- A conversation with its turns, which are generations, in their order.
-- Called by: get_conversation, and the functions that answer with a whole thread. Not for clients: it takes a user.
create or replace function darkroom.conversation_detail(p_user uuid, p_id uuid) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_turns jsonb;
begin
  select jsonb_agg(o.object order by (o.object ->> 'turn_index')::integer)
  into v_turns
  from darkroom.generation_objects(p_user, array(
    select g.id
    from darkroom.generations as g
    where g.user_id = p_user and g.conversation_id = p_id and g.deleted_at is null)) as o;

  return darkroom.conversation_object(p_user, p_id) || jsonb_build_object('turns', coalesce(v_turns, '[]'));
end
$$;
comment on function darkroom.conversation_detail(uuid, uuid) is 'The object of one conversation with its turns, or null.';
