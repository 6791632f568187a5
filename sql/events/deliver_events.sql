-- The relay's read: what happened after each of these positions [{user_id, after, epoch}], at most p_limit events for
-- each, with the present state of everything they name. One call, one snapshot, however many users: head, events and
-- objects agree with each other. Several sockets of a user may ask in one call; objects are built once per user. A row
-- answers each position of a known user, in the order asked, and repeats its after; null asks for the head alone.
--
-- What is not contiguous is a reset, whatever caused it: another epoch, a position above the head, a first event that is
-- not after + 1, a hole, or fewer events than the head promises. So a gap cannot be delivered. A reset delivers nothing
-- and goes on from the head.
--
-- data has what the builders of single reads make; what was purged is absent. A project or collection comes with its own
-- events only, not with every generation that belongs to it. Events and objects are put together by full joins, though
-- no object is without its event: those cannot be nested loops, which the planner takes for few events and which are
-- quadratic in many.
-- Called by: the relay (for users it has authenticated), read_events. Not for clients: it takes users.
create or replace function darkroom.deliver_events(p_cursors jsonb, p_limit integer default 100)
  returns table (
    user_id uuid, after bigint, seq bigint, epoch text, totals jsonb, reset boolean, items jsonb, next_after bigint, has_more boolean
  )
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
#variable_conflict use_column
declare
  v_epoch text := darkroom.event_epoch();
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    perform darkroom.invalid('/limit', 'Between 1 and 1000 events are read at once.');
  end if;
  if p_cursors is null or jsonb_typeof(p_cursors) <> 'array'
    or exists (select from jsonb_array_elements(p_cursors) as c (item) where jsonb_typeof(c.item) <> 'object'
      or c.item ->> 'user_id' !~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
      or darkroom.is_whole(c.item -> 'after', -9223372036854775808, 9223372036854775807) is false)
  then
    perform darkroom.invalid('/cursors', 'The positions are a list of {"user_id", "after", "epoch"}.');
  end if;

  return query
  with asked as materialized (
    select
      c.place, c.user_id, c.after, h.seq,
      jsonb_build_object('active', h.active_count, 'unviewed', h.unviewed_count, 'credits', u.credits) as totals,
      coalesce(c.epoch <> v_epoch, false) or coalesce(c.after not between 0 and h.seq, false) as broken
    from rows from (jsonb_to_recordset(p_cursors) as (user_id uuid, after bigint, epoch text))
      with ordinality as c (user_id, after, epoch, place)
    join darkroom.event_heads as h on h.user_id = c.user_id
    join darkroom.users as u on u.id = c.user_id
  ),
  found as materialized (
    select a.place, e.*
    from asked as a
    cross join lateral (
      select
        e.user_id, e.seq, e.at, e.kind, e.generation_id, e.card_id, e.job_id, e.image_id, e.batch_id, e.conversation_id,
        e.project_id, e.collection_id, e.detail
      from darkroom.events as e
      where e.user_id = a.user_id and e.seq > a.after
      order by e.seq
      limit p_limit
    ) as e
    where not a.broken and a.after < a.seq
  ),
  judged as materialized (
    select
      a.place, a.user_id, a.after, a.seq, a.totals, f.last,
      a.broken or (a.after < a.seq and (
        f.events is distinct from least(p_limit, a.seq - a.after)
        or f.first <> a.after + 1
        or f.last <> a.after + f.events)) as reset
    from asked as a
    left join (
      select f.place, count(*) as events, min(f.seq) as first, max(f.seq) as last
      from found as f
      group by f.place
    ) as f on f.place = a.place
  ),
  shown as materialized (
    select
      f.*,
      case when f.kind like 'project.%' then f.project_id end as own_project,
      case when f.kind like 'collection.%' then f.collection_id end as own_collection
    from found as f
    join judged as j on j.place = f.place and j.reset is not true
  ),
  named as materialized (
    select
      f.user_id,
      array_agg(distinct f.generation_id) filter (where f.generation_id is not null) as generations,
      array_agg(distinct f.card_id) filter (where f.card_id is not null) as cards,
      array_agg(distinct f.image_id) filter (where f.image_id is not null) as images,
      array_agg(distinct f.job_id) filter (where f.job_id is not null) as jobs,
      array_agg(distinct f.batch_id) filter (where f.batch_id is not null) as batches,
      array_agg(distinct f.conversation_id) filter (where f.conversation_id is not null) as conversations,
      array_agg(distinct f.own_project) filter (where f.own_project is not null) as projects,
      array_agg(distinct f.own_collection) filter (where f.own_collection is not null) as collections
    from shown as f
    group by f.user_id
  ),
  generations as (
    select n.user_id, o.id, o.object
    from named as n
    cross join lateral darkroom.generation_objects(n.user_id, n.generations) as o
    where n.generations is not null
  ),
  cards as (
    select n.user_id, o.id, o.object
    from named as n
    cross join lateral darkroom.card_objects(n.user_id, n.cards) as o
    where n.cards is not null
  ),
  images as (
    select n.user_id, o.id, o.object
    from named as n
    cross join lateral darkroom.image_objects(n.user_id, n.images) as o
    where n.images is not null
  ),
  jobs as (
    select n.user_id, o.id, o.object
    from named as n
    cross join lateral darkroom.job_objects(n.user_id, n.jobs) as o
    where n.jobs is not null
  ),
  batches as (
    select n.user_id, o.id, o.object
    from named as n
    cross join lateral darkroom.batch_objects(n.user_id, n.batches) as o
    where n.batches is not null
  ),
  conversations as (
    select n.user_id, o.id, o.object
    from named as n
    cross join lateral darkroom.conversation_objects(n.user_id, n.conversations) as o
    where n.conversations is not null
  ),
  projects as (
    select n.user_id, o.id, o.object
    from named as n
    cross join lateral darkroom.project_objects(n.user_id, n.projects) as o
    where n.projects is not null
  ),
  collections as (
    select n.user_id, o.id, o.object
    from named as n
    cross join lateral darkroom.collection_objects(n.user_id, n.collections) as o
    where n.collections is not null
  ),
  pages as (
    select
      f.place,
      jsonb_agg(jsonb_build_object(
        'seq', f.seq,
        'kind', f.kind,
        'at', darkroom.json_time(f.at),
        'ids', jsonb_strip_nulls(jsonb_build_object(
          'generation_id', f.generation_id, 'card_id', f.card_id, 'job_id', f.job_id, 'image_id', f.image_id,
          'batch_id', f.batch_id, 'conversation_id', f.conversation_id, 'project_id', f.project_id,
          'collection_id', f.collection_id)),
        'detail', coalesce(f.detail, '{}'),
        'data',
          case when g.object is not null then jsonb_build_object('generation', g.object) else '{}' end
          || case when k.object is not null then jsonb_build_object('card', k.object) else '{}' end
          || case when i.object is not null then jsonb_build_object('image', i.object) else '{}' end
          || case when j.object is not null then jsonb_build_object('job', j.object) else '{}' end
          || case when b.object is not null then jsonb_build_object('batch', b.object) else '{}' end
          || case when c.object is not null then jsonb_build_object('conversation', c.object) else '{}' end
          || case when p.object is not null then jsonb_build_object('project', p.object) else '{}' end
          || case when o.object is not null then jsonb_build_object('collection', o.object) else '{}' end
      ) order by f.seq) as items
    from shown as f
    full join generations as g on g.user_id = f.user_id and g.id = f.generation_id
    full join cards as k on k.user_id = f.user_id and k.id = f.card_id
    full join images as i on i.user_id = f.user_id and i.id = f.image_id
    full join jobs as j on j.user_id = f.user_id and j.id = f.job_id
    full join batches as b on b.user_id = f.user_id and b.id = f.batch_id
    full join conversations as c on c.user_id = f.user_id and c.id = f.conversation_id
    full join projects as p on p.user_id = f.user_id and p.id = f.own_project
    full join collections as o on o.user_id = f.user_id and o.id = f.own_collection
    group by f.place
  )
  select
    j.user_id, j.after, j.seq, v_epoch, j.totals, j.reset is true,
    case when j.reset is true then '[]' else coalesce(p.items, '[]') end,
    case when j.reset is true then j.seq else coalesce(j.last, j.seq) end,
    j.reset is not true and coalesce(j.last, j.seq) < j.seq
  from judged as j
  left join pages as p on p.place = j.place
  order by j.place;
end
$$;
comment on function darkroom.deliver_events(jsonb, integer) is
  'What happened after each position [{user_id, after, epoch}], with the objects'' present state; reset where it is not contiguous.';
