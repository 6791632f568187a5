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
-- events only, not with every generation that belongs to it. Objects are looked up in one map per user and kind: a join
-- would be planned for few rows and be quadratic in many.
-- Called by: the relay (for users it has authenticated), read_events. Not for clients: it takes users.
create or replace function darkroom.deliver_events(p_cursors jsonb, p_limit integer default 100)
  returns table (
    user_id uuid, after bigint, seq bigint, epoch text, totals jsonb, reset boolean, items jsonb, next_after bigint, has_more boolean
  )
  language plpgsql
  stable
  security definer
  set search_path = ''
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
  named as materialized (
    select
      f.user_id,
      array_agg(distinct f.generation_id) filter (where f.generation_id is not null) as generations,
      array_agg(distinct f.card_id) filter (where f.card_id is not null) as cards,
      array_agg(distinct f.image_id) filter (where f.image_id is not null) as images,
      array_agg(distinct f.job_id) filter (where f.job_id is not null) as jobs,
      array_agg(distinct f.batch_id) filter (where f.batch_id is not null) as batches,
      array_agg(distinct f.conversation_id) filter (where f.conversation_id is not null) as conversations,
      array_agg(distinct f.project_id) filter (where f.kind like 'project.%') as projects,
      array_agg(distinct f.collection_id) filter (where f.kind like 'collection.%') as collections
    from found as f
    join judged as j on j.place = f.place and j.reset is not true
    group by f.user_id
  ),
  maps as materialized (
    select
      n.user_id,
      case when n.generations is not null then (
        select jsonb_object_agg(o.id, o.object) from darkroom.generation_objects(n.user_id, n.generations) as o) end as generations,
      case when n.cards is not null then (
        select jsonb_object_agg(o.id, o.object) from darkroom.card_objects(n.user_id, n.cards) as o) end as cards,
      case when n.images is not null then (
        select jsonb_object_agg(o.id, o.object) from darkroom.image_objects(n.user_id, n.images) as o) end as images,
      case when n.jobs is not null then (
        select jsonb_object_agg(o.id, o.object) from darkroom.job_objects(n.user_id, n.jobs) as o) end as jobs,
      case when n.batches is not null then (
        select jsonb_object_agg(o.id, o.object) from darkroom.batch_objects(n.user_id, n.batches) as o) end as batches,
      case when n.conversations is not null then (
        select jsonb_object_agg(o.id, o.object)
        from darkroom.conversation_objects(n.user_id, n.conversations) as o) end as conversations,
      case when n.projects is not null then (
        select jsonb_object_agg(o.id, o.object) from darkroom.project_objects(n.user_id, n.projects) as o) end as projects,
      case when n.collections is not null then (
        select jsonb_object_agg(o.id, o.object)
        from darkroom.collection_objects(n.user_id, n.collections) as o) end as collections
    from named as n
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
        'data', (
          select coalesce(jsonb_object_agg(d.name, d.object), '{}')
          from (values
            ('generation', m.generations -> f.generation_id::text),
            ('card', m.cards -> f.card_id::text),
            ('image', m.images -> f.image_id::text),
            ('job', m.jobs -> f.job_id::text),
            ('batch', m.batches -> f.batch_id::text),
            ('conversation', m.conversations -> f.conversation_id::text),
            ('project', case when f.kind like 'project.%' then m.projects -> f.project_id::text end),
            ('collection', case when f.kind like 'collection.%' then m.collections -> f.collection_id::text end)
          ) as d (name, object)
          where d.object is not null)
      ) order by f.seq) as items
    from found as f
    join maps as m on m.user_id = f.user_id
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
