-- PATCH of a conversation: its title.
-- Lock order: the user's mutex first. Writes: conversations, events. Called by: clients.
create or replace function darkroom.update_conversation(p_id uuid, p_changes jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_conversation darkroom.conversations;
  v_title text;
begin
  perform darkroom.check_fields(p_changes, array['title']);
  select c.* into v_conversation from darkroom.conversations as c where c.user_id = v_user and c.id = p_id;
  if not found then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such conversation.');
  end if;
  if v_conversation.deleted_at is not null then
    perform darkroom.refuse('DR409', 'in-trash', 'This conversation is in the trash.', 'Restore it first.');
  end if;
  if p_changes ? 'title' then
    v_title := btrim(darkroom.text_field(p_changes, 'title', 200, true));
    if v_title <> v_conversation.title then
      update darkroom.conversations as c
      set title = v_title, updated_at = darkroom.clock()
      where c.user_id = v_user and c.id = p_id;
      perform darkroom.append_events(darkroom.conversation_events(v_user, 'conversation.updated', array[p_id]));
    end if;
  end if;
  return jsonb_build_object('conversation', darkroom.conversation_object(v_user, p_id));
end
$$;
comment on function darkroom.update_conversation(uuid, jsonb) is 'Changes the title of a conversation: {conversation}.';
