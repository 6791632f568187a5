-- A job that ends while it waits (cancelled, failed by its caption, changed by hand) leaves the place where it waited.
-- Each place is left by its primary key, since the job remembers the parts of it. If the user's last key in the fair
-- queue went with it, the clock is put back to the highest one that remains: who cancels a big batch is not punished.
-- Writes: queue, schedule, job_waits, fair_clocks. Called by: save_completed_generation_to_history.
create or replace function darkroom.leave_waiting_places(p_changes darkroom.job_change[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  delete from darkroom.queue as q
  using unnest(p_changes) as c
  where c.was = 'queued' and c.status <> 'processing'
    and q.provider = c.provider and q.rank = -c.priority and q.fair_key = c.fair_key and q.job_id = c.id;
  delete from darkroom.schedule as s
  using unnest(p_changes) as c
  where c.was = 'queued' and c.status <> 'processing' and s.run_at = c.next_run_at and s.job_id = c.id;
  delete from darkroom.job_waits as w
  using unnest(p_changes) as c
  where c.was = 'queued' and c.status <> 'processing' and w.job_id = c.id;

  with ended as (
    select c.user_id, c.provider, c.priority, max(c.fair_key) as fair_key
    from unnest(p_changes) as c
    where c.was = 'queued' and c.status <> 'processing' and c.fair_key is not null
    group by c.user_id, c.provider, c.priority
  )
  update darkroom.fair_clocks as f
  set clock = coalesce((
    select max(j.fair_key)
    from darkroom.generations as g
    join darkroom.jobs as j on j.user_id = g.user_id and j.generation_id = g.id
    where g.user_id = f.user_id and g.attention and g.finished_at is null
      and j.status = 'queued' and j.provider = f.provider and j.priority = f.priority), 0)
  from ended as e
  where f.user_id = e.user_id and f.provider = e.provider and f.priority = e.priority and f.clock <= e.fair_key;
end
$$;
comment on function darkroom.leave_waiting_places(darkroom.job_change[]) is
  'Takes jobs that ended while waiting out of queue, schedule and job_waits, and puts the fair clocks back.';
