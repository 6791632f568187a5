-- Threads out of the trash, with those turns that went in together with them. A turn that was thrown away on its own,
-- before or after, stays there.
-- Lock order: the caller holds the user's mutex. Writes: conversations, events, and what restore_generations writes.
-- Called by: apply_to_library.
create or replace function darkroom.restore_conversations(p_user uuid, p_ids uuid[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_restored uuid[];
begin
  perform darkroom.restore_generations(p_user, array(
    select g.id
    from darkroom.conversations as c
    join darkroom.generations as g
      on g.user_id = c.user_id and g.conversation_id = c.id and g.deleted_at = c.deleted_at
    where c.user_id = p_user and c.id = any (p_ids)));
  with restored as (
    update darkroom.conversations as c
    set deleted_at = null
    where c.user_id = p_user and c.id = any (p_ids) and c.deleted_at is not null
    returning c.id
  )
  select array_agg(r.id) into v_restored from restored as r;

  if v_restored is not null then
    perform darkroom.append_events(darkroom.conversation_events(p_user, 'conversation.restored', v_restored));
  end if;
end
$$;
comment on function darkroom.restore_conversations(uuid, uuid[]) is 'Takes these conversations of a locked user out of the trash, with the turns that went in with them.';
