-- The counters of batches whose jobs ended. Writes: batches. Called by: save_completed_generation_to_history, only for
-- statements that concern a batch.
create or replace function darkroom.count_batches(p_changes darkroom.job_change[], p_now timestamptz) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  update darkroom.batches as b
  set
    completed = b.completed + d.completed,
    failed = b.failed + d.failed,
    cancelled = b.cancelled + d.cancelled,
    credits_used = b.credits_used + d.used,
    finished_at = case
      when b.completed + b.failed + b.cancelled + d.completed + d.failed + d.cancelled = b.total then p_now
    end
  from (
    select
      g.user_id,
      g.batch_id,
      count(*) filter (where c.status = 'completed' and c.kind = 'image') as completed,
      count(*) filter (where c.status = 'failed' and c.kind = 'image') as failed,
      count(*) filter (where c.status = 'cancelled' and c.kind = 'image') as cancelled,
      coalesce(sum(c.credits) filter (where c.status = 'completed' or (c.status = 'cancelled' and c.was = 'processing')), 0)
        as used
    from unnest(p_changes) as c
    join darkroom.generations as g on g.user_id = c.user_id and g.id = c.generation_id
    where c.status in ('completed', 'failed', 'cancelled') and g.batch_id is not null
    group by g.user_id, g.batch_id
  ) as d
  where b.user_id = d.user_id and b.id = d.batch_id;
end
$$;
comment on function darkroom.count_batches(darkroom.job_change[], timestamptz) is 'Moves the counters of batches whose jobs ended.';
