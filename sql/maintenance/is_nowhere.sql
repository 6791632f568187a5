-- Whether an unfinished job is in none of the places it could be in. Called by: mend_jobs.
create or replace function darkroom.is_nowhere(p_job darkroom.jobs) returns boolean
  language sql
  stable
as $$
  select case p_job.status
    when 'queued' then
      not exists (
        select from darkroom.queue as q
        where q.provider = p_job.provider and q.rank = -p_job.priority and q.fair_key = p_job.fair_key and q.job_id = p_job.id)
      and not exists (
        select from darkroom.schedule as s where s.run_at = p_job.next_run_at and s.job_id = p_job.id)
      and not exists (select from darkroom.job_waits as w where w.job_id = p_job.id)
    when 'processing' then not exists (
      select from darkroom.leases as l where l.job_id = p_job.id and l.lease_no = p_job.lease_no)
    else false
  end
$$;
comment on function darkroom.is_nowhere(darkroom.jobs) is 'Whether an unfinished job is in no place.';
