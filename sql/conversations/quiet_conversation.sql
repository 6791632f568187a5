-- A conversation that can take another turn: the user's own, not in the trash, no turn unfinished.
create or replace function darkroom.quiet_conversation(p_user uuid, p_id uuid) returns darkroom.conversations
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_conversation darkroom.conversations;
begin
  select c.* into v_conversation from darkroom.conversations as c where c.user_id = p_user and c.id = p_id;
  if not found then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such conversation.');
  end if;
  if v_conversation.deleted_at is not null then
    perform darkroom.refuse('DR409', 'in-trash', 'This conversation is in the trash.', 'Restore it first.');
  end if;
  if exists (
    select from darkroom.generations as g
    where g.user_id = p_user and g.conversation_id = p_id and g.finished_at is null)
  then
    perform darkroom.refuse('DR409', 'conversation-busy', 'A turn of this conversation is not finished yet.',
      'Wait for it, or cancel it.');
  end if;
  return v_conversation;
end
$$;
comment on function darkroom.quiet_conversation(uuid, uuid) is 'A conversation that can take another turn, or DR404, DR409.';
