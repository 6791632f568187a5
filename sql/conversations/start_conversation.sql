-- A conversation about an image, with its first turn. Request as POST /v1/conversations.
-- Lock order: the user's mutex first. Writes: conversations, what enqueue writes, idempotency_keys. Called by: clients.
create or replace function darkroom.start_conversation(p_request jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_id uuid := darkroom.uuid7();
  v_generation uuid := darkroom.uuid7();
  v_now timestamptz := darkroom.clock();
  v_image darkroom.images;
  v_source darkroom.generations;
  v_prompt text;
  v_plan jsonb;
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_request, array['image_id', 'prompt', 'models', 'quantity', 'references', 'aspect_ratio',
    'resolution', 'title', 'seed', 'options', 'metadata', 'idempotency_key']);
  v_reply := darkroom.replay(v_user, 'start_conversation', p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  if p_request ->> 'image_id' is null then
    perform darkroom.invalid('/image_id', 'A conversation names the image it starts from.');
  end if;
  v_prompt := darkroom.text_field(p_request, 'prompt', 32000, true);
  v_image := darkroom.live_image(v_user, darkroom.uuid_field(p_request, 'image_id'));
  v_source := darkroom.live_generation(v_user, v_image.generation_id);
  v_plan := darkroom.plan_request(v_user, p_request, jsonb_build_array(darkroom.given_picture(v_image, 'source')),
    darkroom.edit_models(array[v_image.model]), true,
    jsonb_build_object('aspect_ratio', v_image.aspect_ratio, 'resolution', v_image.resolution));
  v_plan := v_plan || jsonb_build_object('project_id', v_source.project_id);

  insert into darkroom.conversations (user_id, id, title, source_image_id, settings, metadata, created_at, updated_at)
  values (v_user, v_id, darkroom.card_title(btrim(darkroom.text_field(p_request, 'title', 200)), v_prompt), v_image.id,
    (v_plan -> 'settings') - 'quantity', v_plan -> 'metadata', v_now, v_now);
  perform darkroom.enqueue(v_user, v_plan,
    jsonb_build_array(jsonb_build_object(
      'id', v_generation, 'prompt', v_prompt, 'category', 'edit', 'caption', v_source.caption, 'card_id', v_source.card_id,
      'parent_id', v_source.id, 'source_image_id', v_image.id, 'conversation_id', v_id, 'turn_index', 0)),
    array[row(v_user, 'conversation.created', null, v_source.card_id, null, null, null, v_id, v_source.project_id, null,
      null)::darkroom.new_event]);
  return darkroom.remember(v_user, 'start_conversation', p_request,
    jsonb_build_object('conversation', darkroom.conversation_object(v_user, v_id))
      || darkroom.created_reply(v_user, v_generation));
end
$$;
comment on function darkroom.start_conversation(jsonb) is
  'Starts a conversation about an image with its first turn: {conversation, generation, credits}. Request as POST /v1/conversations.';
