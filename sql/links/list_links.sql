-- The user's links that have not expired, newest first, so that they can be deleted. Called by: clients.
create or replace function darkroom.list_links(p_filter jsonb default '{}') returns jsonb
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
  v_image uuid;
  v_ids uuid[];
  v_items jsonb;
begin
  select p.* into v_page from darkroom.read_page(v_user, 'links', p_filter, '{"image_id": "uuid"}') as p;
  v_after := (v_page.after #>> '{}')::uuid;
  v_image := (v_page.filter ->> 'image_id')::uuid;
  v_ids := array(
    select l.id
    from darkroom.links as l
    where l.user_id = v_user and l.expires_at > darkroom.clock()
      and (v_after is null or l.id < v_after) and (v_image is null or l.image_id = v_image)
    order by l.id desc
    limit v_page.page_limit + 1);

  select jsonb_agg(o.object order by o.id desc) into v_items
  from darkroom.link_objects(v_user, v_ids[1:v_page.page_limit]) as o;
  return darkroom.list_reply(v_user, v_items, cardinality(v_ids), v_page.page_limit, v_page.binding,
    to_jsonb(v_ids[v_page.page_limit]));
end
$$;
comment on function darkroom.list_links(jsonb) is
  'A page of the current user''s links, newest first: {items, next_cursor, seq}. Filter: image_id.';
