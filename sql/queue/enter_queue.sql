-- The one door into the queue for jobs whose users are locked: new ones that waited for a time or a caption, and those
-- that come back (retry, release, rescue). A job without a key gets the next one of its user,
-- greatest(user's clock, provider's clock) + 1, and moves the user's clock. One that has a key has paid for its place
-- already and re-enters with greatest(its own, the provider's clock). While the user's queue is paused, the job lies
-- down in schedule at infinity instead.
--
-- Users see next_run_at of a job that waits for a time, so that the time is over is told them (job.queued). All other ways
-- in here change the job's status, or nothing that users see.
-- Lock order: the caller holds the users' mutexes. Writes: queue or schedule, fair_clocks, jobs, what append_events writes.
create or replace function darkroom.enter_queue(p_jobs bigint[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_providers text[];
  v_due bigint[];
begin
  with entering as (
    select
      j.id, j.user_id, isfinite(j.next_run_at) as due, j.provider, j.priority, j.fair_key as own_key, u.paused_at is not null as paused,
      coalesce(p.clock, 0) as provider_clock,
      greatest(coalesce(f.clock, 0), coalesce(p.clock, 0))
        + count(*) filter (where j.fair_key is null) over (
            partition by j.user_id, j.provider, j.priority order by j.id rows unbounded preceding) as next_key
    from darkroom.jobs as j
    join darkroom.users as u on u.id = j.user_id
    left join darkroom.provider_clocks as p on p.provider = j.provider and p.priority = j.priority
    left join darkroom.fair_clocks as f on f.user_id = j.user_id and f.provider = j.provider and f.priority = j.priority
    where j.id = any (p_jobs)
  ),
  placed as materialized (
    select
      e.id, e.user_id, e.due, e.provider, e.priority, e.paused, e.own_key,
      case
        when e.paused then e.own_key
        when e.own_key is null then e.next_key
        else greatest(e.own_key, e.provider_clock)
      end as fair_key
    from entering as e
  ),
  queued as (
    insert into darkroom.queue (provider, rank, fair_key, job_id, user_id)
    select p.provider, -p.priority, p.fair_key, p.id, p.user_id
    from placed as p
    where not p.paused
  ),
  laid_down as (
    insert into darkroom.schedule (run_at, job_id, user_id)
    select 'infinity', p.id, p.user_id
    from placed as p
    where p.paused
  ),
  remembered as (
    update darkroom.jobs as j
    set fair_key = p.fair_key, next_run_at = case when p.paused then 'infinity'::timestamptz end
    from placed as p
    where j.id = p.id
  ),
  clocks as (
    insert into darkroom.fair_clocks as f (user_id, provider, priority, clock)
    select p.user_id, p.provider, p.priority, max(p.fair_key)
    from placed as p
    where p.own_key is null and not p.paused
    group by p.user_id, p.provider, p.priority
    on conflict (user_id, provider, priority) do update set clock = excluded.clock
  )
  select array_agg(distinct p.provider) filter (where not p.paused), array_agg(p.id) filter (where p.due)
  into v_providers, v_due
  from placed as p;

  if v_due is not null then
    perform darkroom.append_events((
      select array_agg(row(
        j.user_id, 'job.queued', g.id, g.card_id, j.id, null, g.batch_id, g.conversation_id, g.project_id, null,
        jsonb_build_object('attempt', j.attempt))::darkroom.new_event order by j.id)
      from darkroom.jobs as j
      join darkroom.generations as g on g.user_id = j.user_id and g.id = j.generation_id
      where j.id = any (v_due)));
  end if;
  perform darkroom.ring_workers(v_providers);
end
$$;
comment on function darkroom.enter_queue(bigint[]) is 'Puts waiting jobs of locked users into the queue at their fair place (or aside, while paused).';
