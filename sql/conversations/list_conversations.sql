-- Conversations outside the trash, the latest used first, without their turns. Called by: clients.
create or replace function darkroom.list_conversations(p_filter jsonb default '{}') returns jsonb
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
  v_image uuid;
  v_at timestamptz;
  v_id uuid;
  v_ids uuid[];
  v_times timestamptz[];
  v_items jsonb;
begin
  select p.* into v_page
  from darkroom.read_page(v_user, 'conversations', p_filter, '{"source_image_id": "uuid"}') as p;
  v_image := (v_page.filter ->> 'source_image_id')::uuid;
  v_at := (v_page.after ->> 0)::timestamptz;
  v_id := (v_page.after ->> 1)::uuid;

  select array_agg(f.id), array_agg(f.updated_at) into v_ids, v_times
  from (
    select c.id, c.updated_at
    from darkroom.conversations as c
    where c.user_id = v_user
      and c.deleted_at is null
      and (v_image is null or c.source_image_id = v_image)
      and (v_id is null or (c.updated_at, c.id) < (v_at, v_id))
    order by c.updated_at desc, c.id desc
    limit v_page.page_limit + 1
  ) as f;

  select jsonb_agg(o.object order by s.place) into v_items
  from unnest(v_ids[1:v_page.page_limit]) with ordinality as s (id, place)
  join darkroom.conversation_objects(v_user, v_ids[1:v_page.page_limit]) as o on o.id = s.id;
  return darkroom.list_reply(v_user, v_items, cardinality(v_ids), v_page.page_limit, v_page.binding,
    jsonb_build_array(v_times[v_page.page_limit], v_ids[v_page.page_limit]));
end
$$;
comment on function darkroom.list_conversations(jsonb) is
  'A page of the current user''s conversations, the latest used first: {items, next_cursor, seq}. Filter: source_image_id.';
