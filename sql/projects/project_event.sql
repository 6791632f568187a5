-- There is one kind of event for a project; what happened to it, if it was not an edit, stands in the detail.
create or replace function darkroom.project_event(p_user uuid, p_id uuid, p_change text) returns darkroom.new_event
  language sql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
  select row(p_user, 'project.updated', null, null, null, null, null, null, p_id, null,
    jsonb_build_object('change', p_change))::darkroom.new_event
$$;
comment on function darkroom.project_event(uuid, uuid, text) is 'The event of a project that was created, updated or deleted.';
