-- One's own photo as a finished, free generation, so that it can be edited, talked about and found like everything else.
-- It counts as viewed: nobody waits for it.
-- Lock order: the user's mutex first. Writes: history_cards, generations, images, events. Called by: clients.
create or replace function darkroom.import_generation(p_request jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_id uuid := darkroom.uuid7();
  v_card uuid := darkroom.uuid7();
  v_image uuid := darkroom.uuid7();
  v_now timestamptz := darkroom.clock();
  v_upload darkroom.uploads;
  v_project uuid;
  v_prompt text;
  v_name text;
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_request,
    array['upload_id', 'prompt', 'caption', 'name', 'project_id', 'metadata', 'idempotency_key']);
  v_reply := darkroom.replay(v_user, 'import_generation', p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  select u.* into v_upload
  from darkroom.uploads as u
  where u.user_id = v_user and u.id = darkroom.uuid_field(p_request, 'upload_id');
  if not found then
    if p_request ->> 'upload_id' is null then
      perform darkroom.invalid('/upload_id', 'An import names the upload it is made from.');
    end if;
    perform darkroom.refuse('DR404', 'not-found', 'There is no such upload.', '', '/upload_id');
  end if;
  v_project := darkroom.uuid_field(p_request, 'project_id');
  if v_project is not null
    and not exists (select from darkroom.projects as p where p.user_id = v_user and p.id = v_project)
  then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such project.', '', '/project_id');
  end if;
  v_prompt := coalesce(darkroom.text_field(p_request, 'prompt', 32000), '');
  v_name := btrim(darkroom.text_field(p_request, 'name', 200));

  insert into darkroom.history_cards
    (user_id, id, project_id, title, generation_count, image_count, created_at, last_activity_at)
  values (v_user, v_card, v_project, darkroom.card_title(v_name, v_prompt), 1, 1, v_now, v_now);
  insert into darkroom.generations
    (user_id, id, card_id, category, project_id, name, prompt, caption, metadata, settings, phase, total, completed, viewed_at,
     created_at, updated_at, finished_at)
  values
    (v_user, v_id, v_card, 'import', v_project, v_name, v_prompt, darkroom.text_field(p_request, 'caption', 32000),
     darkroom.metadata_field(p_request), '{"models": [], "quantity": 1}', 'generating', 1, 1, v_now, v_now, v_now, v_now);
  insert into darkroom.images
    (user_id, id, generation_id, prompt, object_key, thumbnail_key, content_type, width, height, bytes, sha256, created_at)
  values
    (v_user, v_image, v_id, v_prompt, v_upload.object_key, v_upload.thumbnail_key, v_upload.content_type, v_upload.width,
     v_upload.height, v_upload.bytes, v_upload.sha256, v_now);
  perform darkroom.append_events(
    array[
      row(v_user, 'generation.created', v_id, v_card, null, null, null, null, v_project, null, null)::darkroom.new_event,
      row(v_user, 'generation.completed', v_id, v_card, null, v_image, null, null, v_project, null, null)::darkroom.new_event],
    array[row(v_user, 0, 0, 0, v_upload.bytes)::darkroom.head_change]);
  return darkroom.remember(v_user, 'import_generation', p_request, darkroom.created_reply(v_user, v_id));
end
$$;
comment on function darkroom.import_generation(jsonb) is
  'Makes a finished, free generation of an upload: {generation, credits}. Request as POST /v1/generations/import.';
