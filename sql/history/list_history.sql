-- History: the cards that have something to show, by last activity. A filter lets a card through if one live generation
-- on it, with an image of the kind asked for, matches; the card is then shown whole. A search walks 2,000 cards first, which
-- fills the page for frequent words, and only then asks the index: see list_gallery.
-- Called by: clients.
create or replace function darkroom.list_history(p_filter jsonb default '{}') returns jsonb
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
  v_range record;
  v_filter jsonb;
  v_project uuid;
  v_after_at timestamptz;
  v_after_id uuid;
  v_limit integer;
  v_edge timestamptz;  -- where a search's first walk ends
  v_ids uuid[];
  v_times timestamptz[];
  v_items jsonb;
begin
  select p.* into v_page from darkroom.read_page(v_user, 'history', p_filter, darkroom.gallery_fields()) as p;
  v_filter := v_page.filter - 'project_id';
  v_project := (v_page.filter ->> 'project_id')::uuid;
  v_after_at := (v_page.after ->> 0)::timestamptz;
  v_after_id := (v_page.after ->> 1)::uuid;
  v_limit := v_page.page_limit + 1;

  if v_filter = '{}' then
    select array_agg(f.id), array_agg(f.last_activity_at) into v_ids, v_times
    from (
      select k.id, k.last_activity_at
      from darkroom.history_cards as k
      where k.user_id = v_user
        and k.generation_count > 0
        and k.image_count > 0
        and (v_project is null or k.project_id = v_project)
        and (v_after_id is null or (k.last_activity_at, k.id) < (v_after_at, v_after_id))
      order by k.last_activity_at desc, k.id desc
      limit v_limit
    ) as f;
  else
    select r.* into v_range from darkroom.read_range(v_filter) as r;
    if v_filter ? 'q' then
      v_edge := (
        select k.last_activity_at
        from darkroom.history_cards as k
        where k.user_id = v_user and (v_after_id is null or (k.last_activity_at, k.id) < (v_after_at, v_after_id))
        order by k.last_activity_at desc, k.id desc
        offset 2000 limit 1);
    end if;
    if v_edge is not null then
      select array_agg(f.id), array_agg(f.last_activity_at) into v_ids, v_times
      from (
        select k.id, k.last_activity_at
        from darkroom.history_cards as k
        where k.user_id = v_user
          and k.generation_count > 0
          and k.image_count > 0
          and (v_project is null or k.project_id = v_project)
          and (v_after_id is null or (k.last_activity_at, k.id) < (v_after_at, v_after_id))
          and k.last_activity_at >= v_edge
          and exists (
            select
            from darkroom.matching_generations(v_user, v_filter, true) as g
            join darkroom.matching_images(v_user, v_filter) as i on i.user_id = g.user_id and i.generation_id = g.id
            where g.user_id = k.user_id
              and g.card_id = k.id
              and (v_range.first_id is null or g.id >= v_range.first_id)
              and (v_range.last_id is null or g.id < v_range.last_id)
              and (v_range.starts_at is null or g.created_at >= v_range.starts_at)
              and (v_range.ends_at is null or g.created_at < v_range.ends_at))
        order by k.last_activity_at desc, k.id desc
        limit v_limit
      ) as f;
    end if;
    if v_edge is null or coalesce(cardinality(v_ids), 0) < v_limit then
      select array_agg(f.id), array_agg(f.last_activity_at) into v_ids, v_times
      from (
        select k.id, k.last_activity_at
        from darkroom.history_cards as k
        where k.user_id = v_user
          and k.generation_count > 0
          and k.image_count > 0
          and (v_project is null or k.project_id = v_project)
          and (v_after_id is null or (k.last_activity_at, k.id) < (v_after_at, v_after_id))
          and exists (
            select
            from darkroom.matching_generations(v_user, v_filter, false) as g
            join darkroom.matching_images(v_user, v_filter) as i on i.user_id = g.user_id and i.generation_id = g.id
            where g.user_id = k.user_id
              and g.card_id = k.id
              and (v_range.first_id is null or g.id >= v_range.first_id)
              and (v_range.last_id is null or g.id < v_range.last_id)
              and (v_range.starts_at is null or g.created_at >= v_range.starts_at)
              and (v_range.ends_at is null or g.created_at < v_range.ends_at))
        order by k.last_activity_at desc, k.id desc
        limit v_limit
      ) as f;
    end if;
  end if;

  select jsonb_agg(o.object order by s.place) into v_items
  from unnest(v_ids[1:v_page.page_limit]) with ordinality as s (id, place)
  join darkroom.card_objects(v_user, v_ids[1:v_page.page_limit]) as o on o.id = s.id;
  return darkroom.list_reply(v_user, v_items, cardinality(v_ids), v_page.page_limit, v_page.binding,
    jsonb_build_array(v_times[v_page.page_limit], v_ids[v_page.page_limit]));
end
$$;
comment on function darkroom.list_history(jsonb) is
  'A page of the current user''s cards by last activity: {items, next_cursor, seq}. Filters as GET /v1/gallery.';
