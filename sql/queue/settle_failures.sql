-- What becomes of calls that did not work, for fail_jobs and for the leases of crashed workers. Per class:
--   transient, timeout            again after 5, 10, 20 s; after the fourth call failed
--   worker_lost                   the same, but at once: the wait was the lease
--   rate_limited, token_rejected  the call did not count: again at once on another token, 20 times at most
--                                 (without tokens: after what the provider asked for)
--   invalid, moderated            failed
-- A failure that a worker reports ends its call: the next attempt makes a new one. Only what a lost worker had begun is
-- resumed, by provider_ref.
--
-- A caption that fails takes the images that wait for it along, in the same UPDATE, so that their events stand in
-- order; refunds and counters follow in the triggers.
--
-- Lock order: the caller holds the mutexes of p_locked; leases, jobs, places, token_slots, provider_tokens.
-- Writes: leases, jobs, schedule, queue, job_waits, token_slots, provider_tokens. Called by: fail_jobs, rescue_expired_leases.
create or replace function darkroom.settle_failures(p_locked uuid[], p_failures darkroom.job_item[], p_expired_only boolean)
  returns bigint[]
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_settled bigint[];
  v_at_once bigint[];
  v_blame jsonb;
begin
  with given as materialized (
    select distinct on (f.job_id) f.job_id, f.lease_no, f.class, f.message, coalesce(f.retry_after, '0') as retry_after
    from unnest(p_failures) as f
    order by f.job_id, f.lease_no desc
  ),
  held as (
    delete from darkroom.leases as l
    using given as f
    where l.job_id = f.job_id and l.lease_no = f.lease_no and l.user_id = any (p_locked)
      and (not p_expired_only or l.expires_at <= v_now)
    returning l.job_id, l.lease_no, l.user_id, l.token_id, l.slot, l.revoked_at is null as valid,
      f.class, f.message, f.retry_after
  ),
  freed as (
    update darkroom.token_slots as s
    set job_id = null
    from held as h
    where s.token_id = h.token_id and s.slot = h.slot and s.job_id = h.job_id
  ),
  judged as materialized (
    select
      h.*,
      case
        when h.class in ('invalid', 'moderated') then 'failed'
        when h.class in ('rate_limited', 'token_rejected') then
          case when j.setbacks >= 20 then 'failed' when h.token_id is null then 'later' else 'at once' end
        when j.attempt >= j.max_attempts then 'failed'
        when h.class = 'worker_lost' then 'at once'
        else 'later'
      end as verdict,
      case
        when h.class in ('rate_limited', 'token_rejected') then v_now + greatest(h.retry_after, interval '5 s')
        else v_now + greatest(h.retry_after, interval '5 s' * 2 ^ (j.attempt - 1))
      end as again_at
    from held as h
    join darkroom.jobs as j on j.id = h.job_id and j.lease_no = h.lease_no and j.status = 'processing'
    where h.valid
  ),
  verdicts as (
    select v.job_id, v.verdict, v.again_at, v.class, v.message from judged as v
    union all
    select w.job_id, 'failed', null, 'caption_failed', 'The caption could not be written.'
    from judged as v
    join darkroom.job_waits as w on w.waits_for = v.job_id
    where v.verdict = 'failed'
  ),
  changed as (
    update darkroom.jobs as j
    set
      status = case v.verdict when 'failed' then 'failed' else 'queued' end,
      attempt = j.attempt - (v.class in ('rate_limited', 'token_rejected'))::integer,
      setbacks = j.setbacks + (v.class in ('rate_limited', 'token_rejected') and v.verdict <> 'failed')::integer,
      provider_ref = case when v.verdict = 'failed' or v.class = 'worker_lost' then j.provider_ref end,
      error_class = v.class,
      error = left(v.message, 4000),
      next_run_at = case v.verdict when 'later' then v.again_at end,
      finished_at = case v.verdict when 'failed' then v_now end
    from verdicts as v
    where j.id = v.job_id
  ),
  scheduled as (
    insert into darkroom.schedule (run_at, job_id, user_id)
    select v.again_at, v.job_id, v.user_id
    from judged as v
    where v.verdict = 'later'
  )
  select
    (select array_agg(v.job_id) from judged as v),
    (select array_agg(v.job_id order by v.job_id) from judged as v where v.verdict = 'at once'),
    (select jsonb_agg(jsonb_build_object(
      'token_id', v.token_id, 'class', v.class, 'message', v.message, 'retry_after', v.retry_after))
    from judged as v
    where v.token_id is not null and v.class in ('rate_limited', 'token_rejected', 'transient', 'timeout'))
  into v_settled, v_at_once, v_blame;

  if v_at_once is not null then
    perform darkroom.enter_queue(v_at_once);
  end if;
  if v_blame is not null then
    perform darkroom.blame_tokens(v_blame);
  end if;
  return coalesce(v_settled, '{}');
end
$$;
comment on function darkroom.settle_failures(uuid[], darkroom.job_item[], boolean) is
  'Ends or repeats the calls that failed, by class of failure; answers which jobs it settled.';
