-- Where a generation comes from and what came of it: the chain of its ancestors, and its descendants level by level,
-- 500 nodes in all. Nodes in the trash stay, or the tree would fall apart; deleted_at tells.
-- depth counts from the generation itself: ancestors are negative.
-- Called by: get_generation, get_lineage. Not for clients: it takes a user.
create or replace function darkroom.lineage_of(p_user uuid, p_id uuid) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_ids uuid[];
  v_depths integer[];
  v_nodes jsonb;
begin
  with recursive up as (
    select p_id as id, 0 as depth
    union all
    select g.parent_id, u.depth - 1
    from up as u
    join darkroom.generations as g on g.user_id = p_user and g.id = u.id
    where g.parent_id is not null and u.depth > -500
  ),
  down as (
    select g.id, 1 as depth
    from darkroom.generations as g
    where g.user_id = p_user and g.parent_id = p_id
    union all
    select g.id, d.depth + 1
    from down as d
    join darkroom.generations as g on g.user_id = p_user and g.parent_id = d.id
  )
  select array_agg(n.id), array_agg(n.depth)
  into v_ids, v_depths
  from (
    select u.id, u.depth from up as u
    union all
    select d.id, d.depth from down as d
    limit 501
  ) as n;

  select jsonb_agg(
    jsonb_build_object(
      'id', g.id,
      'parent_id', g.parent_id,
      'source_image_id', g.source_image_id,
      'card_id', g.card_id,
      'conversation_id', g.conversation_id,
      'turn_index', g.turn_index,
      'category', g.category,
      'name', g.name,
      'prompt', g.prompt,
      'caption', g.caption,
      'status', g.status,
      'depth', n.depth,
      'thumbnail_url', darkroom.image_url(f.id, 'thumb'),
      'deleted_at', darkroom.json_time(g.deleted_at),
      'created_at', darkroom.json_time(g.created_at)
    ) order by n.depth, n.id)
  into v_nodes
  from unnest(v_ids[1:500], v_depths[1:500]) as n (id, depth)
  join darkroom.generations as g on g.user_id = p_user and g.id = n.id
  left join lateral (
    select i.id
    from darkroom.images as i
    where i.user_id = p_user and i.generation_id = g.id and i.deleted_at is null
    order by i.id is distinct from g.selected_image_id, i.slot, i.id
    limit 1
  ) as f on true;

  return jsonb_build_object('nodes', coalesce(v_nodes, '[]'), 'truncated', cardinality(v_ids) > 500);
end
$$;
comment on function darkroom.lineage_of(uuid, uuid) is 'Ancestors and descendants of a generation: {nodes, truncated}.';
