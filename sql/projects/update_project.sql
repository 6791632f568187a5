-- PATCH of a project. The version is the one the client's copy has: if somebody else has written since, the change is
-- refused rather than written over theirs, and the present version is in the refusal.
-- Lock order: the user's mutex first. Writes: projects, events. Called by: clients.
create or replace function darkroom.update_project(p_id uuid, p_changes jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_project darkroom.projects;
  v_version bigint;
  v_fields jsonb;
begin
  perform darkroom.check_fields(p_changes, array['version', 'name', 'document', 'metadata']);
  v_version := darkroom.whole_field(p_changes, 'version', 1, 2147483647);
  if v_version is null then
    perform darkroom.invalid('/version', '"version" is missing.', 'Send the version that your copy of the project has.');
  end if;
  v_fields := darkroom.project_fields(p_changes);
  select p.* into v_project from darkroom.projects as p where p.user_id = v_user and p.id = p_id;
  if not found then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such project.');
  end if;
  if v_project.version <> v_version then
    perform darkroom.refuse('DR409', 'version-conflict',
      format('The project is at version %s, not %s.', v_project.version, v_version), 'Read it again and repeat the change.',
      '/version', jsonb_build_object('version', v_project.version)::text);
  end if;
  if v_fields <> '{}' then
    update darkroom.projects as p
    set
      name = coalesce(v_fields ->> 'name', p.name),
      document = coalesce(v_fields -> 'document', p.document),
      metadata = coalesce(v_fields -> 'metadata', p.metadata),
      version = p.version + 1,
      updated_at = darkroom.clock()
    where p.user_id = v_user and p.id = p_id;
    perform darkroom.append_events(array[darkroom.project_event(v_user, p_id, 'updated')]);
  end if;
  return jsonb_build_object('project', darkroom.project_object(v_user, p_id));
end
$$;
comment on function darkroom.update_project(uuid, jsonb) is 'Changes a project whose version the caller knows: {project}; DR409 version-conflict otherwise.';
