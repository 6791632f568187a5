-- One statement for all leases of a worker. Answers only what it must act on: lost (another has the job, or it is
-- finished) and cancelled (stop the call; the lease is held until you acknowledge by failing or releasing it). A lease
-- that is locked is being dealt with, not lost: it is left out and asked for again with the next beat.
-- Locks: leases, skip locked, and nothing else. Writes: leases.
create or replace function darkroom.heartbeat(p_worker text, p_leases jsonb)
  returns table (job_id bigint, lease_no bigint, state text)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
as $$
#variable_conflict use_column
declare
  v_items darkroom.job_item[] := darkroom.read_items(p_leases);
  v_now timestamptz := darkroom.clock();
begin
  perform darkroom.check_worker(p_worker);
  return query
  with given as materialized (
    select distinct i.job_id, i.lease_no
    from unnest(v_items) as i
  ),
  held as (
    select l.job_id, l.lease_no, l.duration
    from given as i
    join darkroom.leases as l on l.job_id = i.job_id and l.lease_no = i.lease_no
    where l.worker = p_worker and l.revoked_at is null
    order by l.job_id
    for no key update of l skip locked
  ),
  extended as (
    update darkroom.leases as l
    set expires_at = v_now + h.duration
    from held as h
    where l.job_id = h.job_id and l.lease_no = h.lease_no
  )
  select i.job_id, i.lease_no, case when l.revoked_at is not null then 'cancelled' else 'lost' end
  from given as i
  left join darkroom.leases as l on l.job_id = i.job_id and l.lease_no = i.lease_no and l.worker = p_worker
  where l.job_id is null or l.revoked_at is not null;
end
$$;
comment on function darkroom.heartbeat(text, jsonb) is
  'Extends a worker''s leases [{job_id, lease_no}]; answers those that are lost or cancelled.';
