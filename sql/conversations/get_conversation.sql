-- One conversation with its turns, the trash included. Called by: clients.
create or replace function darkroom.get_conversation(p_id uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_object jsonb := darkroom.conversation_detail(v_user, p_id);
begin
  if v_object is null then
    perform darkroom.not_found('conversation');
  end if;
  return jsonb_build_object('conversation', v_object, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_conversation(uuid) is 'One conversation of the current user with its turns: {conversation, seq}; DR404.';
