-- The next turn of a conversation. It works from what the last turn made; more of it than the models can take is dropped,
-- the selected image last, and the reply says how many were. Request as POST /v1/conversations/{id}/turns, with the path's
-- id as conversation_id.
-- Lock order: the user's mutex first. Writes: conversations, what enqueue writes, idempotency_keys. Called by: clients.
create or replace function darkroom.add_turn(p_request jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_scope text;
  v_conversation darkroom.conversations;
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_request, array['conversation_id', 'prompt', 'models', 'quantity', 'references', 'aspect_ratio',
    'resolution', 'seed', 'options', 'metadata', 'idempotency_key']);
  v_scope := concat_ws(' ', 'add_turn', darkroom.uuid_field(p_request, 'conversation_id'));
  v_reply := darkroom.replay(v_user, v_scope, p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  v_conversation := darkroom.quiet_conversation(v_user, darkroom.uuid_field(p_request, 'conversation_id'));
  return darkroom.remember(v_user, v_scope, p_request,
    darkroom.enqueue_turn(v_conversation, p_request - array['conversation_id', 'idempotency_key']));
end
$$;
comment on function darkroom.add_turn(jsonb) is
  'Adds a turn to a conversation: {conversation, generation, credits, dropped_references}. Request as POST /v1/conversations/{id}/turns with conversation_id.';
