-- Take ready jobs. The hot path of the product, and the one function that never waits: queue rows, then users, then
-- token slots, all skip locked. A row somebody else holds is somebody else's work, or next time's.
--
-- p_hint is the caller's memory of how far it came, {"provider": [rank, fair_key, job_id]} from claim_key: with a long
-- report open, the entries claimed since cannot be vacuumed, and walking over them again and again is what makes
-- claiming slow. Look from the start once a second, and when a claim got less than it asked for.
--
-- Answers the claimed jobs with everything a worker needs to make the calls: what to make, from which pictures, with
-- whose key. Nothing at all when the queue is empty; one row with busy = true and no job when there was work but others
-- held it: try again in 5 to 50 ms.
--
-- Lock order: queue, event_heads, token_slots, provider_clocks; all skip locked.
-- Writes: queue, leases, jobs, token_slots, provider_clocks, and what the trigger on jobs writes.
create or replace function darkroom.claim_jobs(
  p_worker text,
  p_limit integer,
  p_providers text[] default null,
  p_lease interval default '60 s',
  p_hint jsonb default null
) returns table (
  job_id bigint,
  lease_no bigint,
  user_id uuid,
  generation_id uuid,
  kind text,
  provider text,
  model text,
  attempt smallint,
  max_attempts smallint,
  payload jsonb,
  "references" jsonb,
  provider_ref text,
  token_id uuid,
  token_secret text,
  expires_at timestamptz,
  claim_key bigint[],
  busy boolean
)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_memoize = off
  set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_providers text[];
  v_with_tokens text[];
  v_found darkroom.ready_job[];
  v_locked uuid[];
  v_slots darkroom.token_slots[] := '{}';
  v_count integer;
begin
  perform darkroom.check_worker(p_worker, p_lease);
  if p_limit is null or p_limit < 1 or p_limit > 1000 then
    perform darkroom.invalid('/limit', format('A claim takes 1 to 1000 jobs, not %s.', coalesce(p_limit::text, 'null')));
  end if;
  perform darkroom.check_hint(p_hint);

  v_providers := darkroom.providers_in_turn(p_providers);
  v_with_tokens := array(
    select p.provider
    from unnest(v_providers) as p (provider)
    where exists (select from darkroom.provider_tokens as t where t.provider = p.provider));
  v_found := darkroom.find_ready_jobs(v_providers, v_with_tokens, p_limit, p_hint);
  if v_found is null then
    if darkroom.has_ready_jobs(v_providers) then
      busy := true;
      return next;
    end if;
    return;
  end if;

  v_locked := darkroom.try_lock_users(array(select distinct f.user_id from unnest(v_found) as f));
  if v_locked = '{}' then
    v_found := darkroom.find_jobs_of_others(
      v_providers, p_limit, p_hint, array(select distinct f.user_id from unnest(v_found) as f));
    v_locked := array(select distinct f.user_id from unnest(v_found) as f);
  end if;
  if v_with_tokens <> '{}' then
    v_slots := darkroom.take_token_slots(v_found, v_locked, v_with_tokens);
  end if;
  v_now := darkroom.clock();

  return query
  with chosen as materialized (
    select f.turn, f.place, f.job_id, s.token_id, s.slot
    from unnest(v_found) with ordinality as f (place, provider, rank, fair_key, job_id, user_id, turn)
    left join unnest(v_slots) as s on s.job_id = f.job_id
    where f.user_id = any (v_locked) and (s.job_id is not null or f.provider <> all (v_with_tokens))
  ),
  left_queue as (
    -- One scan for all of them: joined row by row, each lookup by place asks the file system for the table's size.
    delete from darkroom.queue as q
    where q.ctid = any (array(select c.place from chosen as c))
  ),
  started as (
    update darkroom.jobs as j
    set
      status = 'processing',
      attempt = j.attempt + 1,
      lease_no = nextval('darkroom.lease_numbers'),
      token_id = coalesce(c.token_id, j.token_id),
      started_at = v_now,
      next_run_at = null,
      error_class = null,
      error = null
    from chosen as c
    where j.id = c.job_id and j.status = 'queued'
    returning
      j.id, j.lease_no, j.user_id, j.generation_id, j.kind, j.provider, j.model, j.attempt, j.max_attempts, j.payload,
      j.provider_ref, j.priority, j.fair_key, c.turn, c.token_id as slot_token, c.slot as token_slot
  ),
  leased as (
    insert into darkroom.leases (job_id, lease_no, user_id, kind, worker, provider, token_id, slot, duration, expires_at)
    select s.id, s.lease_no, s.user_id, s.kind, p_worker, s.provider, s.slot_token, s.token_slot, p_lease, v_now + p_lease
    from started as s
  )
  select
    s.id, s.lease_no, s.user_id, s.generation_id, s.kind, s.provider, s.model, s.attempt, s.max_attempts,
    s.payload, coalesce(s.payload -> 'references', '[]'), s.provider_ref, s.slot_token, t.secret, v_now + p_lease,
    array[-s.priority, s.fair_key, s.id], false
  from started as s
  left join darkroom.provider_tokens as t on t.id = s.slot_token
  order by s.turn;  -- as they were found; sorting these wide rows by three columns was a tenth of this statement
  get diagnostics v_count = row_count;

  if v_count < cardinality(v_slots) then
    perform darkroom.return_unused_slots(v_slots);
  end if;
  if v_count = 0 then
    busy := true;
    return next;
    return;
  end if;
  perform darkroom.advance_provider_clocks(v_found, v_locked);
end
$$;
comment on function darkroom.claim_jobs(text, integer, text[], interval, jsonb) is
  'Claims up to so many ready jobs for a worker, fairly and without ever waiting; busy = true tells contention from emptiness.';
