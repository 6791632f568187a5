-- Workers report what did not work: [{job_id, lease_no, class, message, retry_after}]. Answers as complete_jobs does;
-- 'already' says that this very lease was settled before and only the acknowledgement was lost.
-- Lock order and writes: see settle_failures.
create or replace function darkroom.fail_jobs(p jsonb)
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
  v_items darkroom.job_item[] := darkroom.read_items(p);
  v_locked uuid[];
  v_settled bigint[];
begin
  perform darkroom.check_failures(v_items);
  -- By their leases, not by their jobs: a job that was cancelled and purged left its lease behind, and with it a token's slot.
  v_locked := darkroom.lock_users_for(array(
    select distinct l.user_id
    from unnest(v_items) as i
    join darkroom.leases as l on l.job_id = i.job_id and l.lease_no = i.lease_no));
  v_settled := darkroom.settle_failures(v_locked, v_items, false);

  return query
  select
    i.job_id, i.lease_no,
    case
      when i.job_id = any (v_settled) and j.lease_no = i.lease_no then 'accepted'
      when l.job_id is not null then 'busy'
      when j.lease_no = i.lease_no and j.error_class is not null and j.status in ('queued', 'failed') then 'already'
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
comment on function darkroom.fail_jobs(jsonb) is
  'Reports failed calls, fenced by lease: [{job_id, lease_no, class, message, retry_after}]; retries, or fails and refunds.';
