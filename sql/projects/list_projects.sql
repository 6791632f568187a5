-- The user's projects, newest first. Without their documents, which may be a megabyte each: get_project has it. Called by: clients.
create or replace function darkroom.list_projects(p_filter jsonb default '{}') returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_page record;
  v_after uuid;
  v_ids uuid[];
  v_items jsonb;
begin
  select p.* into v_page from darkroom.read_page(v_user, 'projects', p_filter, '{}') as p;
  v_after := (v_page.after #>> '{}')::uuid;
  v_ids := array(
    select t.id
    from darkroom.projects as t
    where t.user_id = v_user and (v_after is null or t.id < v_after)
    order by t.id desc
    limit v_page.page_limit + 1);

  select jsonb_agg(o.object - 'document' order by o.id desc) into v_items
  from darkroom.project_objects(v_user, v_ids[1:v_page.page_limit]) as o;
  return darkroom.list_reply(v_user, v_items, cardinality(v_ids), v_page.page_limit, v_page.binding,
    to_jsonb(v_ids[v_page.page_limit]));
end
$$;
comment on function darkroom.list_projects(jsonb) is 'A page of the current user''s projects, newest first: {items, next_cursor, seq}.';
