-- The events of jobs changing status, in the same transaction and for every cause alike. Fires after t10, so it sees
-- the generations as they stand after this statement: a generation that is finished and lost a job in this statement
-- became finished with it.
--
-- Events carry ids and small facts only; the relay adds the objects' present state when it delivers. What only some
-- statements need (ends, batches, refunds) is a function of its own, so that starting a job does not pay for it.
-- Writes: what append_events writes. Called by: trigger t90_append_events on jobs.
create or replace function darkroom.append_job_events() returns trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = on
  set enable_mergejoin = on
  set enable_memoize = off
  set jit = off
as $$
declare
  v_changes darkroom.job_change[];
  v_events darkroom.new_event[];
  v_ended boolean;
  v_wordless boolean;
begin
  select
    array_agg(row(
      n.id, n.user_id, n.generation_id, n.kind, n.slot, n.model, n.provider, n.priority, n.fair_key, n.credits,
      null, null, n.result -> 'bytes',
      case
        when n.status = 'processing' and n.attempt = 1 then '{"attempt": 1}'
        when n.status = 'processing' then jsonb_build_object('attempt', n.attempt)
        when n.error_class is not null and n.status in ('queued', 'failed') then jsonb_strip_nulls(jsonb_build_object(
          'attempt', n.attempt, 'error_class', n.error_class,
          'next_run_at', case when n.status = 'queued' then darkroom.json_time(n.next_run_at) end))
      end,
      n.image_id, n.next_run_at, n.started_at, n.finished_at, o.status, n.status
    )::darkroom.job_change),
    bool_or(n.status in ('completed', 'failed', 'cancelled')),
    bool_or(n.status in ('failed', 'cancelled') and n.kind = 'caption')
  into v_changes, v_ended, v_wordless
  from old_rows as o
  full join new_rows as n on n.id = o.id
  where o.status is distinct from n.status;

  if v_changes is null then
    return null;
  end if;
  if v_ended then
    perform darkroom.append_ended_events(v_changes);
    if v_wordless then
      perform darkroom.end_waiting_images(v_changes);
    end if;
    return null;
  end if;

  select array_agg(row(
    c.user_id,
    case
      when c.status = 'processing' then 'job.processing'
      when c.detail ? 'error_class' then 'job.retrying'
      else 'job.queued'
    end,
    g.id, g.card_id, c.id, null, g.batch_id, g.conversation_id, g.project_id, null, c.detail
  )::darkroom.new_event order by c.id)
  into v_events
  from unnest(v_changes) as c
  join darkroom.generations as g on g.user_id = c.user_id and g.id = c.generation_id;
  perform darkroom.append_events(v_events);
  return null;
end
$$;
comment on function darkroom.append_job_events() is 'Trigger: writes the events of jobs, and of the generations and batches that finished with them.';

create or replace trigger t90_append_events
  after update on darkroom.jobs
  referencing old table as old_rows new table as new_rows
  for each statement execute function darkroom.append_job_events();
