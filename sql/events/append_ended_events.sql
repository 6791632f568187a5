-- The events of a statement in which jobs ended: of the jobs in their order, of captions that are ready, of generations
-- that finished with them, then of batches and of the balance.
-- Writes: what append_events writes. Called by: append_job_events.
create or replace function darkroom.append_ended_events(p_changes darkroom.job_change[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_events darkroom.new_event[];
  v_heads darkroom.head_change[];
  v_batches boolean;
  v_refunds boolean;
begin
  with touched as (
    select
      c.user_id,
      c.generation_id,
      count(*) filter (where c.status not in ('queued', 'processing')) as ended,
      bool_or(c.status = 'failed' or (c.status = 'cancelled' and c.was = 'queued')) as refunded,
      coalesce(sum(nullif(c.bytes, 'null')::bigint) filter (where c.kind = 'image' and c.status = 'completed'), 0) as bytes,
      array_agg(c) as changes
    from unnest(p_changes) as c
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
      case e.part when 'job' then 1 else 2 end as step, c.id as place, g.*,
      case
        when e.part = 'caption' then 'caption.ready'
        when c.status <> 'queued' then 'job.' || c.status
        when c.detail ? 'error_class' then 'job.retrying'
        else 'job.queued'
      end as kind,
      c.id as job_id,
      case when c.kind = 'image' and c.status = 'completed' then coalesce(c.image_id, (
        select i.id
        from darkroom.images as i
        where i.user_id = c.user_id and i.generation_id = c.generation_id and i.job_id = c.id)) end as image_id,
      case when e.part = 'job' then c.detail end as detail
    from generations as g
    cross join unnest(g.changes) as c
    join (values ('job'), ('caption')) as e (part) on e.part = 'job' or (c.kind = 'caption' and c.status = 'completed')
    union all
    select 3, 0, g.*, 'generation.' || g.status, null, null, null
    from generations as g
    where g.finished
  )
  select
    (select array_agg(row(
        h.user_id, h.kind, h.id, h.card_id, h.job_id, h.image_id, h.batch_id, h.conversation_id, h.project_id, null, h.detail
      )::darkroom.new_event order by h.step, h.place, h.id)
    from happened as h),
    (select array_agg(row(
      g.user_id, -g.finished::integer, (g.finished and g.attention)::integer, -g.ended, g.bytes)::darkroom.head_change)
    from generations as g),
    (select bool_or(g.batch_id is not null) from generations as g),
    (select bool_or(g.refunded) from generations as g)
  into v_events, v_heads, v_batches, v_refunds;

  if v_batches then
    v_events := v_events || darkroom.batches_finished(p_changes);
  end if;
  if v_refunds then
    v_events := v_events || darkroom.credits_refunded(p_changes);
  end if;
  perform darkroom.append_events(v_events, v_heads);
end
$$;
comment on function darkroom.append_ended_events(darkroom.job_change[]) is 'Writes the events of a statement in which jobs ended.';
