-- What /metrics shows of the database, in one call whose cost does not grow with what is in it: nothing here counts more
-- than 10,000 rows, so that a longer queue is shown as one of 10,000, and nothing looks at what has ended. The job that
-- waited for longest is the one with the lowest number among those counted.
--
-- A provider is blocked when its jobs can only wait: it has models or tokens, and no token is switched on. sketch draws by
-- itself. Snapshots of other users are visible to a superuser and to members of pg_read_all_stats; for all others the
-- oldest is one of their own.
-- Called by: the API, when somebody reads /metrics or /readyz.
create or replace function darkroom.metrics() returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_now timestamptz := darkroom.clock();
begin
  return (
    with providers as materialized (
      select m.provider from darkroom.models as m where m.active
      union
      select c.provider from darkroom.provider_clocks as c
      union
      select t.provider from darkroom.provider_tokens as t
    ),
    waiting as (
      select p.provider, w.jobs, w.oldest
      from providers as p
      cross join lateral (
        select count(*) as jobs, min(q.job_id) as oldest
        from (
          select r.job_id from darkroom.queue as r where r.provider = p.provider order by r.rank, r.fair_key, r.job_id limit 10000
        ) as q
      ) as w
    ),
    running as (
      select l.provider, count(*) as jobs
      from (select r.provider from darkroom.leases as r where r.revoked_at is null limit 10000) as l
      group by l.provider
    ),
    tokens as (
      select
        t.provider,
        count(*) filter (where t.active) as active,
        count(*) filter (where t.active and (t.cooldown_until is null or t.cooldown_until <= v_now)) as ready
      from darkroom.provider_tokens as t
      group by t.provider
    )
    select jsonb_build_object(
      'providers', coalesce((
        select jsonb_agg(jsonb_build_object(
          'provider', w.provider,
          'waiting', w.jobs,
          'oldest_seconds', coalesce(greatest(0, extract(epoch from v_now - greatest(j.created_at, j.next_run_at))), 0),
          'running', coalesce(r.jobs, 0),
          'tokens_ready', coalesce(t.ready, 0),
          'blocked', coalesce(t.active, 0) = 0 and (w.provider <> 'sketch' or t.provider is not null)
        ) order by w.provider)
        from waiting as w
        left join darkroom.jobs as j on j.id = w.oldest
        left join running as r on r.provider = w.provider
        left join tokens as t on t.provider = w.provider), '[]'),
      'scheduled', (select count(*) from (select from darkroom.schedule as s where s.run_at < 'infinity' limit 10000) as d),
      'overdue', (select count(*) from (select from darkroom.schedule as s where s.run_at <= v_now limit 10000) as d),
      'snapshot_seconds', coalesce((
        select extract(epoch from max(clock_timestamp() - a.xact_start))
        from pg_stat_activity as a
        where a.datname = current_database() and a.backend_type = 'client backend' and a.backend_xmin is not null
          and a.pid <> pg_backend_pid()), 0),
      'notification_queue', pg_notification_queue_usage(),
      'tallies', coalesce((
        select jsonb_agg(to_jsonb(t) order by t.provider, t.kind, t.outcome) from darkroom.job_tallies as t), '[]')));
end
$$;
comment on function darkroom.metrics() is
  'The state of the queue, the tokens and the server for /metrics: {providers, scheduled, overdue, snapshot_seconds, notification_queue, tallies}.';
