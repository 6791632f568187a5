-- Money back for jobs that failed for good, and for those cancelled before they had started. The ledger's unique
-- (job, reason) makes a second refund an error, not a gift.
-- Writes: credit_entries, users. Called by: save_completed_generation_to_history.
create or replace function darkroom.refund_jobs(p_changes darkroom.job_change[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  with refunded as (
    insert into darkroom.credit_entries (user_id, amount, reason, generation_id, job_id, created_at)
    select c.user_id, c.credits, 'refund', c.generation_id, c.id, darkroom.clock()
    from unnest(p_changes) as c
    where c.credits > 0 and (c.status = 'failed' or (c.status = 'cancelled' and c.was = 'queued'))
    order by c.id
    returning user_id, amount
  )
  update darkroom.users as u
  set credits = u.credits + r.amount
  from (select f.user_id, sum(f.amount) as amount from refunded as f group by f.user_id) as r
  where u.id = r.user_id;
end
$$;
comment on function darkroom.refund_jobs(darkroom.job_change[]) is 'Refunds the jobs among these that failed or were cancelled unstarted.';
