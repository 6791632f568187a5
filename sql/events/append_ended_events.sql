-- The events of a statement in which jobs ended: of the jobs in their order, of captions that are ready, of generations
-- that finished with them, then of batches and of the balance.
-- Writes: what append_events writes. Called by: append_job_events.
create or replace function darkroom.append_ended_events(p_changes darkroom.job_change[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_of_jobs darkroom.new_event[];
  v_of_captions darkroom.new_event[];
  v_of_generations darkroom.new_event[];
  v_events darkroom.new_event[];
  v_heads darkroom.head_change[];
  v_batches boolean;
  v_refunds boolean;
begin
  with told as materialized (
    select
      c.user_id, c.generation_id, c.id, c.kind, c.status, c.detail, c.image_id, c.bytes,
      c.status not in ('queued', 'processing') as ended,
      c.status = 'failed' or (c.status = 'cancelled' and c.was = 'queued') as refunded,
      g.card_id, g.batch_id, g.conversation_id, g.project_id, g.status as reached, g.attention,
      g.finished_at is not null as over
    from unnest(p_changes) as c
    join darkroom.generations as g on g.user_id = c.user_id and g.id = c.generation_id
  ),
  of_jobs as (
    select
      array_agg(row(
        t.user_id,
        case
          when t.status <> 'queued' then 'job.' || t.status
          when t.detail ? 'error_class' then 'job.retrying'
          else 'job.queued'
        end,
        t.generation_id, t.card_id, t.id,
        case when t.kind = 'image' and t.status = 'completed' then coalesce(t.image_id, (
          select i.id
          from darkroom.images as i
          where i.user_id = t.user_id and i.generation_id = t.generation_id and i.job_id = t.id)) end,
        t.batch_id, t.conversation_id, t.project_id, null, t.detail
      )::darkroom.new_event order by t.id) as events,
      array_agg(row(
        t.user_id, 'caption.ready', t.generation_id, t.card_id, t.id, null, t.batch_id, t.conversation_id, t.project_id,
        null, null
      )::darkroom.new_event order by t.id) filter (where t.kind = 'caption' and t.status = 'completed') as captions,
      bool_or(t.batch_id is not null) as batches,
      bool_or(t.refunded) as refunds
    from told as t
  ),
  of_generations as (
    select
      array_agg(row(
        t.user_id, 'generation.' || t.reached, t.generation_id, t.card_id, null, null, t.batch_id, t.conversation_id,
        t.project_id, null, null
      )::darkroom.new_event order by t.generation_id) filter (where t.finished) as events,
      array_agg(row(
        t.user_id, -t.finished::integer, (t.finished and t.attention)::integer, -t.ended, t.bytes
      )::darkroom.head_change) as heads
    from (
      select
        t.user_id, t.generation_id, t.card_id, t.batch_id, t.conversation_id, t.project_id, t.reached, t.attention,
        t.over and bool_or(t.ended) as finished,
        count(*) filter (where t.ended) as ended,
        coalesce(sum(nullif(t.bytes, 'null')::bigint) filter (where t.kind = 'image' and t.status = 'completed'), 0) as bytes
      from told as t
      group by
        t.user_id, t.generation_id, t.card_id, t.batch_id, t.conversation_id, t.project_id, t.reached, t.attention, t.over
    ) as t
  )
  select j.events, j.captions, g.events, g.heads, j.batches, j.refunds
  into v_of_jobs, v_of_captions, v_of_generations, v_heads, v_batches, v_refunds
  from of_jobs as j
  cross join of_generations as g;

  v_events := v_of_jobs || v_of_captions || v_of_generations;
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
