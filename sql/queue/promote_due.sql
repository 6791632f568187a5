-- Jobs whose time has come enter the queue, 500 at a time. A job with run_at gets its key only now, so it cannot save up
-- a place at the front. Users held by others are left for the next call, and looked past, however many jobs of theirs
-- come first. Any worker calls it, at most once a second.
-- Lock order: schedule (skip locked), event_heads (skip locked), then as enter_queue.
create or replace function darkroom.promote_due() returns integer
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  -- Read once: compared with the clock itself, which is volatile, the index is no help, and every call walks over all
  -- that is scheduled for later.
  v_now timestamptz := darkroom.clock();
  v_due darkroom.schedule[];
  v_users uuid[];
  v_locked uuid[];
  v_held uuid[] := '{}';
  v_jobs bigint[];
  v_promoted integer := 0;
begin
  for v_round in 1..5 loop
    select array_agg(d.*) into v_due
    from (
      select s.*
      from darkroom.schedule as s
      where s.run_at <= v_now and s.user_id <> all (v_held)
      order by s.run_at, s.job_id
      limit 500
      for update skip locked
    ) as d;
    exit when v_due is null;
    v_users := array(select distinct d.user_id from unnest(v_due) as d);
    v_locked := darkroom.try_lock_users(v_users);

    with due as (
      delete from darkroom.schedule as s
      using unnest(v_due) as d
      where s.run_at = d.run_at and s.job_id = d.job_id and s.user_id = any (v_locked)
      returning s.job_id
    )
    select array_agg(j.id order by d.job_id)
    into v_jobs
    from due as d
    join darkroom.jobs as j on j.id = d.job_id and j.status = 'queued';
    if v_jobs is not null then
      perform darkroom.enter_queue(v_jobs);
      v_promoted := v_promoted + cardinality(v_jobs);
    end if;
    exit when cardinality(v_locked) = cardinality(v_users);
    v_held := v_held || array(select u.user_id from unnest(v_users) as u (user_id) where u.user_id <> all (v_locked));
  end loop;
  return v_promoted;
end
$$;
comment on function darkroom.promote_due() is 'Moves due jobs from schedule into the queue; answers how many.';
