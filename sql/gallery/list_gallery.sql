-- What the user has made, newest or oldest first: as posts (generations with at least one image outside the trash) or as
-- single images, which then tell of their generation. model, aspect_ratio and favourite ask about images, from and to
-- about what is listed, everything else about generations.
--
-- A search first walks the next 2,000 rows in the list's order: words that many posts have fill the page there (1 to 2 ms).
-- Rarer ones are looked up without a limit in mind, or the planner, who takes the beginning of a word for frequent,
-- would walk through everything the user has (57 ms at 100,000 posts, against 2 by the index).
-- Called by: clients.
create or replace function darkroom.list_gallery(p_filter jsonb default '{}') returns jsonb
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
  v_limit integer;
  v_newest boolean;
  v_images boolean;
  v_first uuid;  -- ids from this one on
  v_above uuid;  -- ids above this one
  v_below uuid;  -- ids below this one
  v_edge uuid;  -- where a search's first walk ends
  v_hits uuid[];  -- what it looked up instead
  v_ids uuid[];
  v_shown uuid[];
  v_items jsonb;
begin
  select p.* into v_page
  from darkroom.read_page(v_user, 'gallery', p_filter,
    darkroom.gallery_fields() || '{"layout": ["posts", "images"], "sort": ["newest", "oldest"]}') as p;
  v_filter := v_page.filter;
  v_limit := v_page.page_limit + 1;
  v_images := v_filter ->> 'layout' = 'images';
  v_newest := v_filter ->> 'sort' is distinct from 'oldest';
  select r.* into v_range from darkroom.read_range(v_filter) as r;
  v_first := v_range.first_id;
  v_below := v_range.last_id;
  if v_newest then
    v_below := least(v_below, (v_page.after #>> '{}')::uuid);
  else
    v_above := (v_page.after #>> '{}')::uuid;
  end if;
  if v_filter ? 'q' then
    v_edge := darkroom.search_edge(v_user, v_images, v_newest, v_first, v_above, v_below);
  end if;

  loop
    if v_images and v_newest then
      v_ids := array(
        select i.id
        from darkroom.matching_images(v_user, v_filter) as i
        join darkroom.matching_generations(v_user, v_filter, true) as g on g.user_id = i.user_id and g.id = i.generation_id
        where (v_hits is null or g.id = any (v_hits))
          and (v_edge is null or i.id >= v_edge)
          and (v_first is null or i.id >= v_first)
          and (v_below is null or i.id < v_below)
          and (v_range.starts_at is null or i.created_at >= v_range.starts_at)
          and (v_range.ends_at is null or i.created_at < v_range.ends_at)
        order by i.id desc
        limit v_limit);
    elsif v_images then
      v_ids := array(
        select i.id
        from darkroom.matching_images(v_user, v_filter) as i
        join darkroom.matching_generations(v_user, v_filter, true) as g on g.user_id = i.user_id and g.id = i.generation_id
        where (v_hits is null or g.id = any (v_hits))
          and (v_edge is null or i.id < v_edge)
          and (v_first is null or i.id >= v_first)
          and (v_above is null or i.id > v_above)
          and (v_below is null or i.id < v_below)
          and (v_range.starts_at is null or i.created_at >= v_range.starts_at)
          and (v_range.ends_at is null or i.created_at < v_range.ends_at)
        order by i.id
        limit v_limit);
    elsif v_newest then
      v_ids := array(
        select g.id
        from darkroom.matching_generations(v_user, v_filter, true) as g
        where g.completed > 0
          and exists (
            select from darkroom.matching_images(v_user, v_filter) as i
            where i.user_id = g.user_id and i.generation_id = g.id)
          and (v_hits is null or g.id = any (v_hits))
          and (v_edge is null or g.id >= v_edge)
          and (v_first is null or g.id >= v_first)
          and (v_below is null or g.id < v_below)
          and (v_range.starts_at is null or g.created_at >= v_range.starts_at)
          and (v_range.ends_at is null or g.created_at < v_range.ends_at)
        order by g.id desc
        limit v_limit);
    else
      v_ids := array(
        select g.id
        from darkroom.matching_generations(v_user, v_filter, true) as g
        where g.completed > 0
          and exists (
            select from darkroom.matching_images(v_user, v_filter) as i
            where i.user_id = g.user_id and i.generation_id = g.id)
          and (v_hits is null or g.id = any (v_hits))
          and (v_edge is null or g.id < v_edge)
          and (v_first is null or g.id >= v_first)
          and (v_above is null or g.id > v_above)
          and (v_below is null or g.id < v_below)
          and (v_range.starts_at is null or g.created_at >= v_range.starts_at)
          and (v_range.ends_at is null or g.created_at < v_range.ends_at)
        order by g.id
        limit v_limit);
    end if;
    exit when v_edge is null or cardinality(v_ids) = v_limit;
    v_edge := null;
    v_hits := array(select g.id from darkroom.matching_generations(v_user, v_filter, false) as g);
  end loop;
  v_shown := v_ids[1:v_page.page_limit];

  if v_images then
    select jsonb_agg(
      o.object || jsonb_build_object('generation', jsonb_build_object(
        'id', g.id, 'name', g.name, 'caption', g.caption, 'status', g.status)) order by s.place)
    into v_items
    from unnest(v_shown) with ordinality as s (id, place)
    join (
      select o.id, o.object::jsonb as object from darkroom.image_objects(v_user, v_shown) as o offset 0
    ) as o on o.id = s.id
    join darkroom.generations as g on g.user_id = v_user and g.id = (o.object ->> 'generation_id')::uuid;
  else
    select jsonb_agg(o.object order by s.place) into v_items
    from unnest(v_shown) with ordinality as s (id, place)
    join darkroom.generation_objects(v_user, v_shown) as o on o.id = s.id;
  end if;
  return darkroom.list_reply(v_user, v_items, cardinality(v_ids), v_page.page_limit, v_page.binding,
    to_jsonb(v_ids[v_page.page_limit]));
end
$$;
comment on function darkroom.list_gallery(jsonb) is
  'A page of what the current user has made, as posts or as images: {items, next_cursor, seq}. Filters as GET /v1/gallery.';
