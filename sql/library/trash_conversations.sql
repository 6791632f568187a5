-- Threads into the trash. Their turns stay the posts they are, and a turn in flight goes on; with p_with_posts they are
-- thrown away together, at the same moment, by which restore_conversations knows them again.
-- Lock order: the caller holds the user's mutex. Writes: conversations, events, and what trash_generations writes.
-- Called by: apply_to_library.
create or replace function darkroom.trash_conversations(p_user uuid, p_ids uuid[], p_with_posts boolean, p_at timestamptz)
  returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_trashed uuid[];
begin
  if p_with_posts then
    perform darkroom.trash_generations(p_user, array(
      select g.id
      from darkroom.generations as g
      where g.user_id = p_user and g.conversation_id = any (p_ids) and g.deleted_at is null), p_at);
  end if;
  with trashed as (
    update darkroom.conversations as c
    set deleted_at = p_at
    where c.user_id = p_user and c.id = any (p_ids) and (c.deleted_at is null or p_with_posts)
    returning c.id
  )
  select array_agg(t.id) into v_trashed from trashed as t;

  if v_trashed is not null then
    perform darkroom.append_events(darkroom.conversation_events(p_user, 'conversation.deleted', v_trashed));
  end if;
end
$$;
comment on function darkroom.trash_conversations(uuid, uuid[], boolean, timestamptz) is 'Puts these conversations of a locked user into the trash, with their turns if so wished.';
