-- A caption that ended by hand without words takes the images that wait for it along. (fail_jobs and cancel_jobs end them
-- in their own statement, so nothing waits any more when they come by here.) Called once the caption's own events are
-- written: the update below fires the triggers again, and the generation ends with it.
-- Writes: jobs, and what the triggers on jobs write. Called by: append_job_events.
create or replace function darkroom.end_waiting_images(p_changes darkroom.job_change[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_memoize = off
  set jit = off
as $$
begin
  update darkroom.jobs as j
  set
    status = c.status,
    error_class = case c.status when 'failed' then 'caption_failed' end,
    error = case c.status when 'failed' then 'The caption could not be written.' end,
    finished_at = darkroom.clock()
  from unnest(p_changes) as c
  join darkroom.job_waits as w on w.waits_for = c.id
  where c.kind = 'caption' and c.status in ('failed', 'cancelled') and j.id = w.job_id and j.status = 'queued';
end
$$;
comment on function darkroom.end_waiting_images(darkroom.job_change[]) is
  'Ends the images that wait for captions which failed or were cancelled by hand.';
