-- A worker that shuts down hands back what it has not finished: to the queue, with the attempt not counted. A call whose
-- provider_ref is known is resumed by whoever claims it next.
-- Lock order: event_heads, leases, jobs, queue, token_slots. Writes: the same.
create or replace function darkroom.release_jobs(p_leases jsonb)
  returns table (job_id bigint, lease_no bigint, answer text, user_id uuid)
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
  v_locked uuid[];
  v_released bigint[];
begin
  -- By their leases, not by their jobs: a job that was cancelled and purged left its lease behind, and with it a token's slot.
  v_locked := darkroom.lock_users_for(array(
    select distinct l.user_id
    from unnest(v_items) as i
    join darkroom.leases as l on l.job_id = i.job_id and l.lease_no = i.lease_no));

  with held as (
    delete from darkroom.leases as l
    using unnest(v_items) as i
    where l.job_id = i.job_id and l.lease_no = i.lease_no and l.user_id = any (v_locked)
    returning l.job_id, l.lease_no, l.token_id, l.slot, l.revoked_at is null as valid
  ),
  freed as (
    update darkroom.token_slots as s
    set job_id = null
    from held as h
    where s.token_id = h.token_id and s.slot = h.slot and s.job_id = h.job_id
  ),
  released as (
    update darkroom.jobs as j
    set status = 'queued', attempt = j.attempt - 1, error_class = null, error = null, next_run_at = null
    from held as h
    where j.id = h.job_id and j.lease_no = h.lease_no and j.status = 'processing' and h.valid
    returning j.id
  )
  select array_agg(r.id order by r.id) into v_released from released as r;
  if v_released is not null then
    perform darkroom.enter_queue(v_released);
  end if;

  return query
  select
    i.job_id, i.lease_no,
    case
      when i.job_id = any (coalesce(v_released, '{}')) and j.lease_no = i.lease_no then 'accepted'
      when l.job_id is not null then 'busy'
      else 'refused'
    end,
    coalesce(j.user_id, l.user_id)
  from (
    select distinct i.job_id, i.lease_no
    from unnest(v_items) as i
  ) as i
  left join darkroom.jobs as j on j.id = i.job_id
  -- A lease that is still there is one whose user is held.
  left join darkroom.leases as l on l.job_id = i.job_id and l.lease_no = i.lease_no;
end
$$;
comment on function darkroom.release_jobs(jsonb) is 'Hands leases back: [{job_id, lease_no}]; the jobs are queued again, the attempt not counted.';
