-- A new set of prompts. Request as POST /v1/collections: {name, templates: [{name, prompt}], metadata}.
-- Lock order: the user's mutex first. Writes: collections, templates, events, idempotency_keys. Called by: clients.
create or replace function darkroom.create_collection(p_request jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_id uuid := darkroom.uuid7();
  v_now timestamptz := darkroom.clock();
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_request, array['name', 'templates', 'metadata', 'idempotency_key']);
  v_reply := darkroom.replay(v_user, 'create_collection', p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  insert into darkroom.collections (user_id, id, name, metadata, created_at, updated_at)
  values (v_user, v_id, btrim(darkroom.text_field(p_request, 'name', 200, true)), darkroom.metadata_field(p_request), v_now, v_now);
  perform darkroom.write_templates(v_user, v_id, darkroom.template_fields(p_request, '{}'));
  perform darkroom.append_events(array[darkroom.collection_event(v_user, v_id, 'created')]);
  return darkroom.remember(v_user, 'create_collection', p_request,
    jsonb_build_object('collection', darkroom.collection_object(v_user, v_id)));
end
$$;
comment on function darkroom.create_collection(jsonb) is 'Makes a collection with its templates: {collection}. Request as POST /v1/collections.';
