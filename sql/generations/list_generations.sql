-- All generations, newest first; the one list that shows what has no image. Not those in the trash.
-- active = true is answered from the index of what wants attention, so it costs what is active, not what there is.
-- Called by: clients.
create or replace function darkroom.list_generations(p_filter jsonb default '{}') returns jsonb
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
  v_active boolean;
  v_unfinished boolean;
  v_viewed boolean;
  v_project uuid;
  v_batch uuid;
  v_conversation uuid;
  v_card uuid;
  v_ids uuid[];
  v_items jsonb;
begin
  select p.* into v_page
  from darkroom.read_page(v_user, 'generations', p_filter, '{
    "status": ["queued", "captioning", "generating", "completed", "failed", "cancelled"], "active": "flag",
    "viewed": "flag", "project_id": "uuid", "batch_id": "uuid", "conversation_id": "uuid", "card_id": "uuid"}') as p;
  v_after := (v_page.after #>> '{}')::uuid;
  v_status := v_page.filter ->> 'status';
  v_active := (v_page.filter ->> 'active')::boolean;
  v_unfinished := v_active or v_status in ('queued', 'captioning', 'generating');
  v_viewed := (v_page.filter ->> 'viewed')::boolean;
  v_project := (v_page.filter ->> 'project_id')::uuid;
  v_batch := (v_page.filter ->> 'batch_id')::uuid;
  v_conversation := (v_page.filter ->> 'conversation_id')::uuid;
  v_card := (v_page.filter ->> 'card_id')::uuid;

  v_ids := array(
    select g.id
    from darkroom.generations as g
    where g.user_id = v_user
      and g.deleted_at is null
      and (v_after is null or g.id < v_after)
      and (v_status is null or g.status = v_status)
      and (v_unfinished is not true or (g.attention and g.finished_at is null))
      and (v_active is not false or g.finished_at is not null)
      and (v_viewed is null or (g.viewed_at is not null) = v_viewed)
      and (v_project is null or g.project_id = v_project)
      and (v_batch is null or g.batch_id = v_batch)
      and (v_conversation is null or g.conversation_id = v_conversation)
      and (v_card is null or g.card_id = v_card)
    order by g.id desc
    limit v_page.page_limit + 1);

  select jsonb_agg(o.object order by o.id desc) into v_items
  from darkroom.generation_objects(v_user, v_ids[1:v_page.page_limit]) as o;
  return darkroom.list_reply(v_user, v_items, cardinality(v_ids), v_page.page_limit, v_page.binding,
    to_jsonb(v_ids[v_page.page_limit]));
end
$$;
comment on function darkroom.list_generations(jsonb) is
  'A page of the current user''s generations, newest first: {items, next_cursor, seq}. Filters: status, active, viewed, project_id, batch_id, conversation_id, card_id.';
