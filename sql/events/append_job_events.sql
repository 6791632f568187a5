-- The events of jobs changing status, in the same transaction and for every cause alike. Fires after t10, so it sees
-- the generations as they stand after this statement: a generation that is finished and lost a job in this statement
-- became finished with it.
--
-- Events carry ids and small facts only; the relay adds the objects' present state when it delivers.
-- Writes: what append_events writes. Called by: trigger t90_append_events on jobs.
create or replace function darkroom.append_job_events() returns trigger
  language plpgsql
  security definer
  set search_path = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_memoize = off
  set jit = off
as $$
declare
  v_changes darkroom.job_change[];
  v_events darkroom.new_event[];
  v_heads darkroom.head_change[];
begin
  select array_agg(row(
    n.id, n.user_id, n.generation_id, n.kind, n.slot, n.model, n.provider, n.priority, n.fair_key, n.credits,
    case
      when n.status = 'processing' and n.attempt = 1 then '{"attempt": 1}'
      when n.status = 'processing' then jsonb_build_object('attempt', n.attempt)
      when n.error_class is not null and n.status in ('queued', 'failed') then jsonb_strip_nulls(jsonb_build_object(
        'attempt', n.attempt, 'error_class', n.error_class,
        'next_run_at', case when n.status = 'queued' and isfinite(n.next_run_at) then n.next_run_at end))
    end,
    case when n.status = 'completed' then n.result end, n.image_id, n.next_run_at, n.started_at, n.finished_at,
    o.status, n.status
  )::darkroom.job_change)
  into v_changes
  from old_rows as o
  full join new_rows as n on n.id = o.id
  where o.status is distinct from n.status;

  if v_changes is null then
    return null;
  end if;

  with touched as materialized (
    select
      c.user_id, c.generation_id,
      count(*) filter (where c.status in ('completed', 'failed', 'cancelled')) as ended,
      sum(c.credits) filter (where c.status = 'failed' or (c.status = 'cancelled' and c.was = 'queued')) as refunded,
      coalesce(sum((c.result ->> 'bytes')::bigint) filter (where c.kind = 'image' and c.status = 'completed'), 0) as bytes,
      array_agg(c) as changes
    from unnest(v_changes) as c
    group by c.user_id, c.generation_id
  ),
  generations as materialized (
    select
      g.user_id, g.id, g.card_id, g.batch_id, g.conversation_id, g.project_id, g.status, g.attention,
      t.ended, t.refunded, t.bytes, t.changes, t.ended > 0 and g.finished_at is not null as finished
    from touched as t
    join darkroom.generations as g on g.user_id = t.user_id and g.id = t.generation_id
  ),
  happened as (
    select
      1 as step, c.id as place, g.user_id,
      case
        when c.status <> 'queued' then 'job.' || c.status
        when c.payload ? 'error_class' then 'job.retrying'
        else 'job.queued'
      end as kind,
      g.id as generation_id, g.card_id, c.id as job_id,
      case when c.kind = 'image' and c.status = 'completed' then coalesce(c.image_id, (
        select i.id
        from darkroom.images as i
        where i.user_id = c.user_id and i.generation_id = c.generation_id and i.job_id = c.id)) end as image_id,
      g.batch_id, g.conversation_id, g.project_id,
      c.payload as detail
    from generations as g
    cross join unnest(g.changes) as c
    union all
    select 2, c.id, g.user_id, 'caption.ready', g.id, g.card_id, c.id, null, g.batch_id, g.conversation_id, g.project_id, null
    from generations as g
    cross join unnest(g.changes) as c
    where c.kind = 'caption' and c.status = 'completed'
    union all
    select 3, 0, g.user_id, 'generation.' || g.status, g.id, g.card_id, null, null, g.batch_id, g.conversation_id, g.project_id, null
    from generations as g
    where g.finished
    union all
    select 4, 0, b.user_id, case b.status when 'cancelled' then 'batch.cancelled' else 'batch.completed' end,
      null, null, null, null, b.id, null, b.project_id, jsonb_build_object('status', b.status)
    from (select distinct g.user_id, g.batch_id from generations as g where g.ended > 0 and g.batch_id is not null) as d
    join darkroom.batches as b on b.user_id = d.user_id and b.id = d.batch_id
    where b.finished_at is not null
    union all
    select 5, 0, u.id, 'credits.changed', null, null, null, null, null, null, null,
      jsonb_build_object('credits', u.credits, 'amount', r.refunded, 'reason', 'refund')
    from (select g.user_id, sum(g.refunded) as refunded from generations as g where g.refunded > 0 group by g.user_id) as r
    join darkroom.users as u on u.id = r.user_id
  )
  select
    (select array_agg(row(
        h.user_id, h.kind, h.generation_id, h.card_id, h.job_id, h.image_id, h.batch_id, h.conversation_id, h.project_id,
        null, h.detail
      )::darkroom.new_event order by h.step, h.place, h.generation_id)
    from happened as h),
    (select array_agg(row(g.user_id, g.active, g.unviewed, g.active_jobs, g.bytes)::darkroom.head_change)
    from (
      select
        g.user_id,
        -count(*) filter (where g.finished) as active,
        count(*) filter (where g.finished and g.attention) as unviewed,
        -sum(g.ended) as active_jobs,
        sum(g.bytes) as bytes
      from generations as g
      where g.ended > 0
      group by g.user_id
    ) as g)
  into v_events, v_heads;

  perform darkroom.append_events(v_events, coalesce(v_heads, '{}'));
  if exists (select from unnest(v_changes) as c where c.kind = 'caption' and c.status in ('failed', 'cancelled')) then
    perform darkroom.end_waiting_images(v_changes);
  end if;
  return null;
end
$$;
comment on function darkroom.append_job_events() is 'Trigger: writes the events of jobs, and of the generations and batches that finished with them.';

create or replace trigger t90_append_events
  after update on darkroom.jobs
  referencing old table as old_rows new table as new_rows
  for each statement execute function darkroom.append_job_events();
