-- What an operator should know: one row for each thing that is wrong (problem), or will be if nobody looks (warning),
-- with what mends it. No row is good news. Everything is looked at without a lock and in a bounded number of rows, so
-- that it can be asked while the house is on fire; only the invariant views, which must be empty at any moment, read
-- everything there is, and are left out unless it is to be thorough.
-- Called by: operators.
create or replace function darkroom.diagnose(p_thorough boolean default true)
  returns table (finding text, level text, message text, hint text)
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_view text;
  v_count bigint;
begin
  foreach v_view in array array['misplaced_jobs', 'wrong_money', 'wrong_counts', 'sequence_gaps'] loop
    continue when not p_thorough or to_regclass('darkroom.' || v_view) is null;
    execute format('select count(*) from (select from darkroom.%I limit 1000) as w', v_view) into v_count;
    if v_count > 0 then
      return query select v_view, 'problem',
        format('The view darkroom.%s must be empty and has %s rows.', v_view, case v_count when 1000 then '1000 or more' else v_count::text end),
        format('Look at them (select * from darkroom.%s) and report them: rows were changed by hand, or it is a bug.', v_view);
    end if;
  end loop;

  -- Providers with work and nothing to do it with. sketch draws by itself.
  return query
  with waiting as (
    select p.provider, exists (select from darkroom.queue as q where q.provider = p.provider) as jobs
    from (
      select m.provider from darkroom.models as m where m.active
      union
      select t.provider from darkroom.provider_tokens as t
      union
      select c.provider from darkroom.provider_clocks as c
    ) as p
  ),
  tokens as (
    select
      t.provider,
      count(*) filter (where t.active) as active,
      count(*) filter (where t.active and (t.cooldown_until is null or t.cooldown_until <= v_now)) as ready,
      min(t.cooldown_until) filter (where t.active) as ready_at
    from darkroom.provider_tokens as t
    where t.removed_at is null
    group by t.provider
  )
  select
    'no_usable_token',
    case when w.jobs then 'problem' else 'warning' end,
    case
      when w.jobs then format('Jobs wait for %s, which has no usable token.', w.provider)
      else format('%s has no usable token, so its models cannot be called.', w.provider)
    end,
    case
      when t.provider is null then format('Add one (darkroom token add %s), or deactivate its models (darkroom model set MODEL --inactive).', w.provider)
      else 'Look why they were switched off (darkroom token list), then darkroom token enable TOKEN, or add another.'
    end
  from waiting as w
  left join tokens as t on t.provider = w.provider
  where coalesce(t.active, 0) = 0
    and (w.jobs or exists (select from darkroom.models as m where m.provider = w.provider and m.active))
    and (w.provider <> 'sketch' or exists (select from darkroom.provider_tokens as p where p.provider = w.provider))
  union all
  select 'tokens_cooling', 'warning',
    format('All tokens of %s cool down until %s.', t.provider, to_char(t.ready_at at time zone 'UTC', 'HH24:MI:SS"Z"')),
    'The provider limits their rate: wait, add tokens, or lower their calls at once.'
  from tokens as t
  join waiting as w on w.provider = t.provider and w.jobs
  where t.active > 0 and t.ready = 0;

  -- Nothing has switched these off, and nothing they are used for works.
  return query
  select 'failing_token', 'warning',
    format('Calls in a row that failed on token %s of %s%s: %s. The last one: %s', t.id, t.provider,
      coalesce(' (' || nullif(t.label, '') || ')', ''), t.consecutive_errors, coalesce(left(t.last_error, 200), 'it said nothing.')),
    'Look at the key and its account at the provider; darkroom token disable TOKEN leaves it out meanwhile.'
  from darkroom.provider_token_state as t
  where t.state in ('ready', 'in use', 'cooling') and t.consecutive_errors > 0
    -- A rate limit or two is no news, but for a token that was never of any use.
    and (t.consecutive_errors >= 3 or (t.state <> 'cooling' and t.consecutive_errors >= t.requests - t.in_flight));

  return query
  select 'jobs_waiting', 'warning',
    format('The oldest ready job of %s has waited for %s.', o.provider, justify_interval(date_trunc('second', v_now - o.since))),
    'Is a worker running for this provider? Are there enough workers and tokens for the load?'
  from (
    select q.provider, min(greatest(j.created_at, coalesce(j.next_run_at, j.created_at))) as since
    from (select w.provider, w.job_id from darkroom.queue as w order by w.job_id limit 20000) as q
    join darkroom.jobs as j on j.id = q.job_id
    group by q.provider
  ) as o
  where o.since < v_now - interval '5 minutes';

  -- A worker at work holds leases, and one without work sleeps until the bell of its providers rings.
  return query
  select 'no_worker', 'warning', format('Jobs wait for %s, and no worker is there.', c.provider),
    'Start one: darkroom up, or darkroom worker.'
  from (
    select i.provider
    from darkroom.provider_clocks as i
    group by i.provider
    having max(i.idle_until) <= v_now
  ) as c
  where not exists (select from darkroom.leases as l where l.expires_at > v_now)
    and exists (
      select
      from (select q.job_id from darkroom.queue as q where q.provider = c.provider limit 100) as r
      join darkroom.jobs as j on j.id = r.job_id
      where greatest(j.created_at, coalesce(j.next_run_at, j.created_at)) < v_now - interval '3 seconds');

  return query
  select 'expired_leases', 'problem',
    format('Running jobs whose lease ended more than a minute ago: %s.', count(*)),
    'Their workers are gone and no other takes the jobs back: start a worker, or select darkroom.rescue_expired_leases().'
  from darkroom.leases as l
  where l.expires_at < v_now - interval '1 minute'
  having count(*) > 0;

  return query
  select 'overdue_jobs', 'warning',
    format('Jobs due for more than a minute that were not put into the queue: %s.', count(*)),
    'Workers do this: start one, or select darkroom.promote_due().'
  from (select from darkroom.schedule as s where s.run_at < v_now - interval '1 minute' limit 10000) as o
  having count(*) > 0;

  return query
  select 'long_transaction', 'warning',
    format('Session %s (%s, %s) has had a transaction open for %s.', a.pid, coalesce(nullif(a.application_name, ''), 'unnamed'),
      a.state, justify_interval(date_trunc('second', clock_timestamp() - a.xact_start))),
    'It keeps vacuum from cleaning and may hold users'' locks: end it, or select pg_terminate_backend(' || a.pid || ').'
  from pg_stat_activity as a
  where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_backend_pid()
    and a.xact_start < clock_timestamp() - interval '5 minutes'
  order by a.xact_start
  limit 10;

  return query
  select 'dead_rows', 'warning',
    format('darkroom.%s has %s dead rows beside %s live ones.', s.relname, s.n_dead_tup, s.n_live_tup),
    'Autovacuum cannot keep up: look for long transactions and unused replication slots, or vacuum the table by hand.'
  from pg_stat_user_tables as s
  where s.schemaname = 'darkroom' and s.n_dead_tup > 100000 and s.n_dead_tup > 2 * s.n_live_tup;

  return query
  select 'settings', w.level, format('%s is %s.', w.name, current_setting(w.name)), w.hint
  from (values
    ('fsync', 'off', 'problem', 'A crash can destroy the database: set fsync = on.'),
    ('full_page_writes', 'off', 'problem', 'A crash can destroy the database: set full_page_writes = on.'),
    ('autovacuum', 'off', 'problem', 'The queue''s tables grow without end: set autovacuum = on.'),
    ('track_counts', 'off', 'problem', 'Autovacuum does nothing without it: set track_counts = on.'),
    ('synchronous_commit', 'off', 'warning', 'A crash can lose the last moments of paid work: set synchronous_commit = on.')
  ) as w (name, wrong, level, hint)
  where current_setting(w.name) = w.wrong
  union all
  select 'settings', 'warning', 'idle_in_transaction_session_timeout is not set.',
    format('A forgotten transaction holds its user''s lock for ever: alter database %I set idle_in_transaction_session_timeout = ''60s''.',
      current_database())
  where current_setting('idle_in_transaction_session_timeout') = '0';

  return query
  select 'roles', 'problem', format('The role %s does not exist.', r.name),
    'Restore the roles (pg_dumpall --roles-only), or create it and run darkroom migrate.'
  from unnest(array['darkroom_api', 'darkroom_worker', 'darkroom_report', 'darkroom_operator']) as r (name)
  where not exists (select from pg_roles as p where p.rolname = r.name);

  return query
  select 'notify_queue', 'problem', format('The queue of notifications is %s %% full.', round(pg_notification_queue_usage() * 100)),
    'A listening session sits in a long transaction: end it, or commits will fail when it is full.'
  where pg_notification_queue_usage() > 0.25;

  return query
  select 'connections', 'warning', format('%s of %s connections are in use.', count(*), current_setting('max_connections')),
    'Use a pooler, fewer processes, or a higher max_connections.'
  from pg_stat_activity as a
  where a.backend_type = 'client backend'
  having count(*) > 0.9 * current_setting('max_connections')::integer;
end
$$;
comment on function darkroom.diagnose(boolean) is 'What is wrong or will be, with what mends it: one row for each finding, none if all is well.';
