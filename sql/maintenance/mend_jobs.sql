-- Belt and braces: a job that is in no place (a row deleted by hand, a bug) would wait for ever. Maintenance looks through
-- the unfinished generations and puts such jobs back: queued ones into the queue, processing ones without a lease as if
-- their worker had died: failed and refunded if that was their last call, since a claim could not count another. The
-- token slots of leases that are gone are freed. Users held by others are left for the next time.
-- Lock order: event_heads (skip locked), then jobs and what enter_queue writes, then token_slots (skip locked).
-- Called by: maintenance, any worker.
create or replace function darkroom.mend_jobs() returns integer
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_lost bigint[];
  v_users uuid[];
  v_mended bigint[];
  v_waiting bigint[];
begin
  select array_agg(l.id), array_agg(distinct l.user_id)
  into v_lost, v_users
  from (
    select j.id, j.user_id
    from darkroom.event_heads as h
    join darkroom.generations as g on g.user_id = h.user_id and g.attention and g.finished_at is null
    join darkroom.jobs as j on j.user_id = g.user_id and j.generation_id = g.id
    where h.active_count > 0 and darkroom.is_nowhere(j)
    limit 500
  ) as l;
  if v_lost is null then
    perform darkroom.free_lost_slots();
    return 0;
  end if;
  v_users := darkroom.try_lock_users(v_users);
  with mended as (
    update darkroom.jobs as j
    set
      status = case when j.attempt < j.max_attempts then 'queued' else 'failed' end,
      error_class = case when j.status = 'processing' or j.attempt >= j.max_attempts then 'worker_lost' else j.error_class end,
      finished_at = case when j.attempt >= j.max_attempts then darkroom.clock() end
    where j.id = any (v_lost) and j.user_id = any (v_users) and darkroom.is_nowhere(j)
    returning j.id, j.status
  )
  select array_agg(m.id), array_agg(m.id order by m.id) filter (where m.status = 'queued')
  into v_mended, v_waiting
  from mended as m;
  if v_waiting is not null then
    perform darkroom.enter_queue(v_waiting);
  end if;
  perform darkroom.free_lost_slots();
  return coalesce(cardinality(v_mended), 0);
end
$$;
comment on function darkroom.mend_jobs() is 'Puts unfinished jobs that are in no place back into the queue, or fails them after their last call; answers how many.';
