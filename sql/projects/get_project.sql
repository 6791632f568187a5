-- One project. Called by: clients.
create or replace function darkroom.get_project(p_id uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_object jsonb := darkroom.project_object(v_user, p_id);
begin
  if v_object is null then
    perform darkroom.not_found('project');
  end if;
  return jsonb_build_object('project', v_object, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_project(uuid) is 'One project of the current user: {project, seq}; DR404.';
