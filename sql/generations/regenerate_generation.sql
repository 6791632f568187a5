-- The same request once more, as a generation of its own: an original gets its own card, an edit joins its source's, a turn
-- becomes the next turn. p_changes: {seed: "same"/"new"/number, prompt, models, idempotency_key}.
-- Lock order: the user's mutex first. Writes: what enqueue writes, idempotency_keys. Called by: clients.
create or replace function darkroom.regenerate_generation(p_id uuid, p_changes jsonb default '{}') returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_id uuid := darkroom.uuid7();
  v_scope text := 'regenerate_generation ' || p_id;
  v_old darkroom.generations;
  v_card uuid;
  v_request jsonb;
  v_given jsonb;
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_changes, array['seed', 'prompt', 'models', 'idempotency_key']);
  v_reply := darkroom.replay(v_user, v_scope, p_changes);
  if v_reply is not null then
    return v_reply;
  end if;
  v_old := darkroom.live_generation(v_user, p_id);
  if v_old.category = 'import' then
    perform darkroom.invalid('', 'An imported picture was not generated.', 'Edit it instead.');
  end if;
  v_request := darkroom.request_again(v_old, p_changes);
  if v_old.conversation_id is not null then
    return darkroom.remember(v_user, v_scope, p_changes,
      darkroom.enqueue_turn(darkroom.quiet_conversation(v_user, v_old.conversation_id), v_request));
  end if;

  if v_old.category = 'generate' then
    v_request := v_request || jsonb_build_object('write_caption', v_old.write_caption, 'project_id', v_old.project_id)
      || case when v_old.write_caption then '{}' else jsonb_build_object('caption', v_old.caption) end;
  else
    v_card := v_old.card_id;
  end if;
  v_given := darkroom.references_again(v_user, p_id);
  perform darkroom.enqueue(v_user,
    darkroom.plan_request(v_user, v_request, v_given, null, v_old.category = 'edit')
      || case when v_card is null then '{}' else jsonb_build_object('project_id', v_old.project_id) end,
    jsonb_build_array(jsonb_build_object(
      'id', v_id, 'prompt', v_request ->> 'prompt', 'category', v_old.category, 'card_id', v_card,
      'name', case v_old.category when 'generate' then v_old.name end,
      'caption', case when v_old.write_caption then null else v_old.caption end,
      'parent_id', v_old.parent_id, 'source_image_id', v_old.source_image_id, 'regenerated_from_id', p_id)));
  return darkroom.remember(v_user, v_scope, p_changes, darkroom.created_reply(v_user, v_id));
end
$$;
comment on function darkroom.regenerate_generation(uuid, jsonb) is
  'Makes a generation''s request again as a new generation: {generation, credits}. Changes: seed, prompt, models.';
