-- A new workspace. Request as POST /v1/projects: {name, document, metadata}.
-- Lock order: the user's mutex first. Writes: projects, events, idempotency_keys. Called by: clients.
create or replace function darkroom.create_project(p_request jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_id uuid := darkroom.uuid7();
  v_now timestamptz := darkroom.clock();
  v_reply jsonb;
  v_fields jsonb;
begin
  perform darkroom.check_fields(p_request, array['name', 'document', 'metadata', 'idempotency_key']);
  v_reply := darkroom.replay(v_user, 'create_project', p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  perform darkroom.text_field(p_request, 'name', 200, true);
  v_fields := '{"document": {}, "metadata": {}}' || darkroom.project_fields(p_request);

  insert into darkroom.projects (user_id, id, name, document, metadata, created_at, updated_at)
  values (v_user, v_id, v_fields ->> 'name', v_fields -> 'document', v_fields -> 'metadata', v_now, v_now);
  perform darkroom.append_events(array[darkroom.project_event(v_user, v_id, 'created')]);
  return darkroom.remember(v_user, 'create_project', p_request,
    jsonb_build_object('project', darkroom.project_object(v_user, v_id)));
end
$$;
comment on function darkroom.create_project(jsonb) is 'Makes a project: {project}. Request as POST /v1/projects.';
