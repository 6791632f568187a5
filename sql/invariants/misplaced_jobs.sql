-- Every job is in exactly one place, or finished. A queued job is in one of queue, schedule and job_waits and has no lease;
-- a processing one has exactly its lease; a finished one is nowhere, but for the revoked lease of a cancelled job, which
-- holds its token slot until the worker lets go, even when the job was purged meanwhile. One statement is one snapshot:
-- this is empty at every moment, under load.
create or replace view darkroom.misplaced_jobs as
with places as (
  select
    p.job_id,
    count(*) filter (where p.place = 'queue') as in_queue,
    count(*) filter (where p.place = 'schedule') as in_schedule,
    count(*) filter (where p.place = 'job_waits') as in_job_waits,
    count(*) filter (where p.place = 'lease') as leased,
    count(*) filter (where p.place = 'revoked') as revoked,
    max(p.lease_no) as lease_no,
    min(p.user_id::text)::uuid as user_id
  from (
    select q.job_id, q.user_id, 'queue' as place, null::bigint as lease_no from darkroom.queue as q
    union all
    select s.job_id, s.user_id, 'schedule', null from darkroom.schedule as s
    union all
    select w.job_id, w.user_id, 'job_waits', null from darkroom.job_waits as w
    union all
    select l.job_id, l.user_id, case when l.revoked_at is null then 'lease' else 'revoked' end, l.lease_no
    from darkroom.leases as l
  ) as p
  group by p.job_id
),
seen as (
  select
    coalesce(j.id, p.job_id) as job_id,
    j.user_id,
    j.status,
    coalesce(p.in_queue, 0) as in_queue,
    coalesce(p.in_schedule, 0) as in_schedule,
    coalesce(p.in_job_waits, 0) as in_job_waits,
    coalesce(p.leased, 0) as leased,
    coalesce(p.revoked, 0) as revoked,
    case
      when j.id is null and p.in_queue + p.in_schedule + p.in_job_waits + p.leased > 0 then 'no such job'
      when p.user_id <> j.user_id then 'filed under another user'
      when j.status = 'queued' and coalesce(p.in_queue + p.in_schedule + p.in_job_waits, 0) <> 1 then 'queued, not in one place'
      when j.status = 'queued' and p.leased + p.revoked > 0 then 'queued, and leased'
      when j.status = 'processing' and (coalesce(p.leased, 0) <> 1 or p.lease_no <> j.lease_no) then 'processing without its lease'
      when j.status = 'processing' and p.in_queue + p.in_schedule + p.in_job_waits + p.revoked > 0 then 'processing, and waiting'
      when j.status in ('completed', 'failed') and p.job_id is not null then 'finished, and still somewhere'
      when j.status = 'cancelled' and p.in_queue + p.in_schedule + p.in_job_waits + p.leased > 0
        then 'cancelled, and still somewhere'
    end as problem
  from (select j.* from darkroom.jobs as j) as j
  full join places as p on p.job_id = j.id
)
select s.*
from seen as s
where s.problem is not null;
comment on view darkroom.misplaced_jobs is 'Jobs that are not in exactly the place their status says. Empty at every moment.';
