-- All that a claim found first belongs to users whose mutex others hold, perhaps for as long as somebody leaves a
-- transaction open in psql. That must not hide everybody behind them: look at the next 1,000 entries of each provider
-- for users who are free, and take theirs. The look is bounded, because it is also taken when two workers merely met;
-- and since the queue is fair, others are near.
--
-- Heads are locked before queue rows here, the other way round than usual; nobody can wait in a circle, since neither
-- is waited for.
-- Locks: event_heads, then queue; skip locked. Called by: claim_jobs.
create or replace function darkroom.find_jobs_of_others(p_providers text[], p_limit integer, p_hint jsonb, p_held uuid[])
  returns darkroom.ready_job[]
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_seen darkroom.ready_job[];
  v_locked uuid[];
  v_found darkroom.ready_job[];
begin
  select array_agg(row(null, s.provider, s.rank, s.fair_key, s.job_id, s.user_id)::darkroom.ready_job)
  into v_seen
  from unnest(p_providers) as p (provider)
  cross join lateral (
    select q.*
    from darkroom.queue as q
    where q.provider = p.provider
      and (q.rank, q.fair_key, q.job_id) > (
        coalesce((p_hint -> p.provider ->> 0)::smallint, (-11)::smallint),
        coalesce((p_hint -> p.provider ->> 1)::bigint, 0),
        coalesce((p_hint -> p.provider ->> 2)::bigint, 0))
    order by q.provider, q.rank, q.fair_key, q.job_id
    limit 1000
  ) as s
  where s.user_id <> all (p_held);
  if v_seen is null then
    return null;
  end if;
  v_locked := darkroom.try_lock_users(array(select distinct s.user_id from unnest(v_seen) as s));

  select array_agg(row(q.place, q.provider, q.rank, q.fair_key, q.job_id, q.user_id)::darkroom.ready_job
    order by q.rank, q.fair_key, q.job_id)
  into v_found
  from (
    select q.ctid as place, q.*
    from (
      select s.*
      from unnest(v_seen) as s
      where s.user_id = any (v_locked)
      order by s.rank, s.fair_key, s.job_id
      limit p_limit
    ) as s
    join darkroom.queue as q
      on q.provider = s.provider and q.rank = s.rank and q.fair_key = s.fair_key and q.job_id = s.job_id
    for update of q skip locked
  ) as q;
  return v_found;
end
$$;
comment on function darkroom.find_jobs_of_others(text[], integer, jsonb, uuid[]) is
  'Locks and returns ready jobs of users other than these, among the next 1,000 of each provider; null if there are none.';
