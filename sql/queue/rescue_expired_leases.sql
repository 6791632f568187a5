-- Jobs of workers that are gone: back to the queue with the attempt counted, or failed and refunded when none is left.
-- What is expired is looked up first, then only users whose mutex is free are dealt with, and the DELETE compares
-- expires_at again: a heartbeat may have come in between. (Locking the users found and then deleting "all expired"
-- deadlocked, since by then there were more.) Users held by others are looked past, however many leases of theirs
-- ended first.
-- Lock order: event_heads (skip locked), then as settle_failures. Called by: maintenance, any worker.
create or replace function darkroom.rescue_expired_leases() returns integer
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
as $$
declare
  v_expired darkroom.job_item[];
  v_users uuid[];
  v_locked uuid[];
  v_held uuid[] := '{}';
  v_rescued integer := 0;
begin
  for v_round in 1..5 loop
    select
      array_agg(row(l.job_id, l.lease_no, null, 'worker_lost',
        format('Worker %s was not heard of before its lease ended.', l.worker), null)::darkroom.job_item),
      array_agg(distinct l.user_id)
    into v_expired, v_users
    from (
      select l.*
      from darkroom.leases as l
      where l.expires_at <= darkroom.clock() and l.user_id <> all (v_held)
      order by l.expires_at
      limit 500
    ) as l;
    exit when v_expired is null;
    v_locked := darkroom.try_lock_users(v_users);
    v_rescued := v_rescued + cardinality(darkroom.settle_failures(v_locked, v_expired, true));
    exit when cardinality(v_locked) = cardinality(v_users);
    v_held := v_held || array(select u.user_id from unnest(v_users) as u (user_id) where u.user_id <> all (v_locked));
  end loop;
  return v_rescued;
end
$$;
comment on function darkroom.rescue_expired_leases() is 'Takes jobs back from workers whose leases ended; answers how many.';
