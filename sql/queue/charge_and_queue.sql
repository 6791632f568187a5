-- The one way in for jobs: their credits are charged and they take their places, or nothing happens at all. Keys of the
-- fair queue are given here: greatest(user's clock, provider's clock) + 1, + 2, … per provider. Images that wait for a
-- caption, one of these jobs or one under way, lie in job_waits and get their key when it is written; jobs with a start
-- time lie in schedule until then, and everything of a user whose queue is paused lies there at infinity.
--
-- Lock order: the caller holds the user's mutex. Writes: users, credit_entries, jobs, queue, schedule, job_waits,
-- fair_clocks, provider_clocks. Called by: enqueue, retry_slots.
create or replace function darkroom.charge_and_queue(p_user uuid, p_jobs darkroom.new_job[], p_run_at timestamptz default null)
  returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_cost bigint := (select coalesce(sum(n.credits), 0) from unnest(p_jobs) as n);
  v_paused boolean;
  v_run_at timestamptz;
begin
  v_paused := darkroom.charge_user(p_user, v_cost, cardinality(p_jobs));
  v_run_at := case when v_paused and p_run_at is null then 'infinity' else p_run_at end;

  -- There already, but for a model that was added by hand.
  insert into darkroom.provider_clocks (provider, priority)
  select distinct n.provider, n.priority
  from unnest(p_jobs) as n
  where not exists (
    select from darkroom.provider_clocks as c where c.provider = n.provider and c.priority = n.priority)
  order by 1, 2
  on conflict do nothing;

  with numbered as materialized (
    select nextval(pg_get_serial_sequence('darkroom.jobs', 'id')) as id, o.*
    from (
      select n.*
      from unnest(p_jobs) with ordinality as n (
        generation_id, kind, slot, retry_of, model, provider, priority, credits, payload, waits, place)
      order by n.place
    ) as o
  ),
  placed as materialized (
    select
      n.*,
      case when v_run_at is null and not n.waits then
        greatest(coalesce(f.clock, 0), c.clock)
          + count(*) filter (where not n.waits) over (
              partition by n.provider, n.priority order by n.place rows unbounded preceding)
      end as fair_key
    from numbered as n
    join darkroom.provider_clocks as c on c.provider = n.provider and c.priority = n.priority
    left join darkroom.fair_clocks as f
      on f.user_id = p_user and f.provider = n.provider and f.priority = n.priority
  ),
  inserted as (
    insert into darkroom.jobs
      (id, user_id, generation_id, kind, slot, retry_of, model, provider, priority, fair_key, credits, payload, next_run_at,
       created_at)
    select
      p.id, p_user, p.generation_id, p.kind, p.slot, p.retry_of, p.model, p.provider, p.priority, p.fair_key, p.credits,
      p.payload, case when not p.waits then v_run_at end, v_now
    from placed as p
  ),
  queued as (
    insert into darkroom.queue (provider, rank, fair_key, job_id, user_id)
    select p.provider, -p.priority, p.fair_key, p.id, p_user
    from placed as p
    where p.fair_key is not null
  ),
  scheduled as (
    insert into darkroom.schedule (run_at, job_id, user_id)
    select v_run_at, p.id, p_user
    from placed as p
    where v_run_at is not null and not p.waits
  ),
  waiting as (
    insert into darkroom.job_waits (job_id, waits_for, user_id)
    select p.id, coalesce(c.id, (
      select max(j.id)
      from darkroom.jobs as j
      where j.user_id = p_user and j.generation_id = p.generation_id and j.kind = 'caption' and j.finished_at is null)), p_user
    from placed as p
    left join placed as c on c.generation_id = p.generation_id and c.kind = 'caption'
    where p.waits
  ),
  clocks as (
    insert into darkroom.fair_clocks as f (user_id, provider, priority, clock)
    select p_user, p.provider, p.priority, max(p.fair_key)
    from placed as p
    where p.fair_key is not null
    group by p.provider, p.priority
    on conflict (user_id, provider, priority) do update set clock = excluded.clock
  )
  insert into darkroom.credit_entries (user_id, amount, reason, generation_id, job_id, created_at)
  select p_user, -p.credits, 'charge', p.generation_id, p.id, v_now
  from placed as p
  where p.credits > 0
  order by p.id;

  perform darkroom.ring_workers(array(select distinct n.provider from unnest(p_jobs) as n));
  return v_cost;
end
$$;
comment on function darkroom.charge_and_queue(uuid, darkroom.new_job[], timestamptz) is
  'Charges a locked user for these jobs and puts them in their places; answers the cost.';
