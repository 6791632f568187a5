-- Take ready jobs. The hot path of the product, and the one function that never waits: queue rows, then users, then
-- token slots, all skip locked. A row somebody else holds is somebody else's work, or next time's.
--
-- Each provider is walked through the queue's primary key by a lateral scan (`provider = any(…) order by` would sort
-- the whole queue: 14 against 0.07 ms at 90,000 rows). The limit is shared among the providers first, starting at a
-- different one each time, and what one leaves the next may take. p_hint is the caller's memory of how far it came,
-- {"provider": [rank, fair_key, job_id]}: with a long report open, the entries claimed since cannot be vacuumed, and
-- walking over them again and again is what makes claiming slow.
--
-- Answers the claimed jobs; nothing at all when the queue is empty; one row with busy = true and no job when there was
-- work but others held it (try again in 5 to 50 ms).
--
-- Lock order: queue, event_heads, token_slots, provider_clocks; all skip locked.
-- Writes: queue, leases, jobs, token_slots, provider_clocks, and what the triggers on jobs write.
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
  claim_key jsonb,
  busy boolean
)
  language plpgsql
  security definer
  set search_path = ''
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := darkroom.clock();
  v_providers text[];
  v_found darkroom.queue[];
  v_locked uuid[];
  v_taken bigint[];
  v_slots darkroom.token_slots[];
begin
  perform darkroom.check_worker(p_worker, p_lease);
  if p_limit is null or p_limit < 1 or p_limit > 1000 then
    perform darkroom.invalid('/limit', format('A claim takes 1 to 1000 jobs, not %s.', coalesce(p_limit::text, 'null')));
  end if;

  v_providers := darkroom.providers_in_turn(p_providers);
  v_found := darkroom.find_ready_jobs(v_providers, p_limit, p_hint);
  if v_found is null then
    if darkroom.has_ready_jobs(v_providers) then
      busy := true;
      return next;
    end if;
    return;
  end if;

  v_locked := darkroom.try_lock_users(array(select distinct f.user_id from unnest(v_found) as f));
  v_slots := darkroom.take_token_slots(v_found, v_locked);

  with chosen as materialized (
    select f.provider, f.rank, f.fair_key, f.job_id, s.token_id, s.slot
    from unnest(v_found) as f
    left join unnest(v_slots) as s on s.job_id = f.job_id
    where f.user_id = any (v_locked)
      and (s.job_id is not null or not darkroom.needs_token(f.provider))
  ),
  left_queue as (
    delete from darkroom.queue as q
    using chosen as c
    where q.provider = c.provider and q.rank = c.rank and q.fair_key = c.fair_key and q.job_id = c.job_id
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
    returning j.id, j.lease_no, j.user_id, j.provider, c.token_id, c.slot
  ),
  leased as (
    insert into darkroom.leases (job_id, lease_no, user_id, worker, provider, token_id, slot, duration, expires_at)
    select s.id, s.lease_no, s.user_id, p_worker, s.provider, s.token_id, s.slot, p_lease, v_now + p_lease
    from started as s
  )
  select array_agg(s.id) into v_taken from started as s;

  perform darkroom.return_unused_slots(v_slots, v_taken);
  if v_taken is null then
    busy := true;
    return next;
    return;
  end if;

  perform darkroom.advance_provider_clocks(v_found, v_taken);
  return query select w.* from darkroom.claimed_work(v_taken) as w;
end
$$;
comment on function darkroom.claim_jobs(text, integer, text[], interval, jsonb) is
  'Claims up to so many ready jobs for a worker, fairly and without ever waiting; busy = true tells contention from emptiness.';
