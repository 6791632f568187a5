-- An edit of an image: a generation of its own that joins the card of its source at once, so that the card shows it
-- pending. It inherits caption and project, never the batch. Request as POST /v1/generations/{id}/edits, with the path's id
-- as generation_id; an image_id alone names its generation too.
-- Lock order: the user's mutex first. Writes: what enqueue writes, idempotency_keys. Called by: clients.
create or replace function darkroom.create_edit(p_request jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_id uuid := darkroom.uuid7();
  v_scope text;
  v_source darkroom.generations;
  v_image darkroom.images;
  v_reply jsonb;
  v_plan jsonb;
begin
  perform darkroom.check_fields(p_request, array['generation_id', 'prompt', 'image_id', 'models', 'quantity', 'aspect_ratio',
    'resolution', 'references', 'name', 'priority', 'run_at', 'seed', 'options', 'metadata', 'idempotency_key']);
  v_scope := concat_ws(' ', 'create_edit', darkroom.uuid_field(p_request, 'generation_id'));
  v_reply := darkroom.replay(v_user, v_scope, p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  if p_request ->> 'image_id' is not null then
    v_image := darkroom.live_image(v_user, darkroom.uuid_field(p_request, 'image_id'));
    v_source := darkroom.live_generation(v_user, coalesce(darkroom.uuid_field(p_request, 'generation_id'), v_image.generation_id));
    if v_image.generation_id <> v_source.id then
      perform darkroom.refuse('DR404', 'not-found', 'This generation has no such image.', '', '/image_id');
    end if;
  else
    if p_request ->> 'generation_id' is null then
      perform darkroom.invalid('/generation_id', 'An edit names the generation it starts from.');
    end if;
    v_source := darkroom.live_generation(v_user, darkroom.uuid_field(p_request, 'generation_id'));
    v_image := darkroom.shown_image(v_source);
    if v_image.id is null then
      perform darkroom.refuse('DR409', 'no-image', 'This generation has no image to edit.', 'Wait for one, or retry it.');
    end if;
  end if;

  v_plan := darkroom.plan_request(v_user, p_request, jsonb_build_array(darkroom.given_picture(v_image, 'source')),
    darkroom.edit_models(array[v_image.model]), true,
    jsonb_build_object('aspect_ratio', v_image.aspect_ratio, 'resolution', v_image.resolution));
  v_plan := v_plan || jsonb_build_object('project_id', v_source.project_id);
  perform darkroom.enqueue(v_user, v_plan, jsonb_build_array(jsonb_build_object(
    'id', v_id, 'prompt', darkroom.text_field(p_request, 'prompt', 32000, true), 'category', 'edit',
    'caption', v_source.caption, 'card_id', v_source.card_id, 'parent_id', v_source.id, 'source_image_id', v_image.id)));
  return darkroom.remember(v_user, v_scope, p_request, darkroom.created_reply(v_user, v_id));
end
$$;
comment on function darkroom.create_edit(jsonb) is
  'Enqueues an edit of an image into its source''s card: {generation, credits}. Request as POST /v1/generations/{id}/edits with generation_id.';
