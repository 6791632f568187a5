-- Batches, newest first, without their items. Called by: clients.
create or replace function darkroom.list_batches(p_filter jsonb default '{}') returns jsonb
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
  v_status text;
  v_project uuid;
  v_collection uuid;
  v_ids uuid[];
  v_items jsonb;
begin
  select p.* into v_page
  from darkroom.read_page(v_user, 'batches', p_filter, '{
    "status": ["active", "completed", "failed", "cancelled"], "project_id": "uuid", "collection_id": "uuid"}') as p;
  v_after := (v_page.after #>> '{}')::uuid;
  v_status := v_page.filter ->> 'status';
  v_project := (v_page.filter ->> 'project_id')::uuid;
  v_collection := (v_page.filter ->> 'collection_id')::uuid;

  v_ids := array(
    select b.id
    from darkroom.batches as b
    where b.user_id = v_user
      and (v_after is null or b.id < v_after)
      and (v_status is null or b.status = v_status)
      and (v_project is null or b.project_id = v_project)
      and (v_collection is null or b.collection_id = v_collection)
    order by b.id desc
    limit v_page.page_limit + 1);

  select jsonb_agg(o.object order by o.id desc) into v_items
  from darkroom.batch_objects(v_user, v_ids[1:v_page.page_limit]) as o;
  return darkroom.list_reply(v_user, v_items, cardinality(v_ids), v_page.page_limit, v_page.binding,
    to_jsonb(v_ids[v_page.page_limit]));
end
$$;
comment on function darkroom.list_batches(jsonb) is
  'A page of the current user''s batches, newest first: {items, next_cursor, seq}. Filters: status, project_id, collection_id.';
