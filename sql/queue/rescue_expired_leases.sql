-- Jobs of workers that are gone: back to the queue with the attempt counted, or failed and refunded when none is left.
-- What is expired is looked up first, then only users whose mutex is free are dealt with, and the DELETE compares
-- expires_at again: a heartbeat may have come in between. (Locking the users found and then deleting "all expired"
-- deadlocked, since by then there were more.)
-- Lock order: event_heads (skip locked), then as settle_failures. Called by: maintenance, any worker.
create or replace function darkroom.rescue_expired_leases() returns integer
  language plpgsql
  security definer
  set search_path = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_expired darkroom.job_item[];
  v_users uuid[];
begin
  select
    array_agg(row(l.job_id, l.lease_no, null, 'worker_lost',
      format('Worker %s was not heard of before its lease ended.', l.worker), null)::darkroom.job_item),
    array_agg(distinct l.user_id)
  into v_expired, v_users
  from (
    select l.*
    from darkroom.leases as l
    where l.expires_at <= darkroom.clock()
    order by l.expires_at
    limit 500
  ) as l;
  if v_expired is null then
    return 0;
  end if;
  return cardinality(darkroom.settle_failures(darkroom.try_lock_users(v_users), v_expired, true));
end
$$;
comment on function darkroom.rescue_expired_leases() is 'Takes jobs back from workers whose leases ended; answers how many.';
