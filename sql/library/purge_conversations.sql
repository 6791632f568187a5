-- Threads for good. Their turns stay the posts they are, without a thread; with p_with_posts they go too, wherever they
-- are (through the trash, so that what is unfinished is cancelled and every counter is told).
-- Lock order: the caller holds the user's mutex. Writes: conversations, generations, events, and what trash_generations
-- and purge_generations write. Called by: apply_to_library, purge_trash.
create or replace function darkroom.purge_conversations(p_user uuid, p_ids uuid[], p_with_posts boolean) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set jit = off
as $$
declare
  v_ids uuid[];
  v_turns uuid[];
  v_events darkroom.new_event[];
begin
  select array_agg(c.id) into v_ids
  from darkroom.conversations as c
  where c.user_id = p_user and c.id = any (p_ids) and c.deleted_at is not null;
  if v_ids is null then
    return 0;
  end if;
  v_turns := array(
    select g.id from darkroom.generations as g where g.user_id = p_user and g.conversation_id = any (v_ids));
  v_events := darkroom.conversation_events(p_user, 'conversation.purged', v_ids);
  if p_with_posts then
    perform darkroom.trash_generations(p_user, v_turns, darkroom.clock());
    perform darkroom.purge_generations(p_user, v_turns);
  else
    -- Taken before they leave, since these events should pass a filter by the conversation.
    v_events := darkroom.generation_events(p_user, 'generation.updated', v_turns) || v_events;
    update darkroom.generations as g
    set conversation_id = null, turn_index = null
    where g.user_id = p_user and g.id = any (v_turns);
  end if;
  delete from darkroom.conversations as c where c.user_id = p_user and c.id = any (v_ids);
  perform darkroom.append_events(v_events);
  return cardinality(v_ids);
end
$$;
comment on function darkroom.purge_conversations(uuid, uuid[], boolean) is 'Deletes those of these conversations of a locked user that are in the trash for good; answers how many.';
