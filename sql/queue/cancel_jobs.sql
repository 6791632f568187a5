-- The core of every cancel. Waiting jobs end and are refunded (the triggers see to both). Running ones have their lease
-- revoked at once, so that their result is refused, but the row stays until the worker acknowledges or the lease expires:
-- its token is still busy. No refund for those. Images waiting for a caption that is cancelled are cancelled with it, and
-- so is a caption that no image waits for any more: its generation is over.
-- Lock order: the caller holds the user's mutex; leases, then jobs. Writes: leases, jobs, and what the triggers write.
-- Answers {cancelled, refunded}: images and credits.
create or replace function darkroom.cancel_jobs(p_user uuid, p_jobs bigint[]) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_jobs bigint[];
  v_workers text[];
  v_reply jsonb;
begin
  v_jobs := array(
    select c.id from unnest(p_jobs) as c (id)
    union
    select w.job_id from darkroom.job_waits as w where w.waits_for = any (p_jobs) and w.user_id = p_user
    union
    select w.waits_for
    from darkroom.job_waits as w
    where w.job_id = any (p_jobs) and w.user_id = p_user
      and not exists (select from darkroom.job_waits as o where o.waits_for = w.waits_for and o.job_id <> all (p_jobs)));

  with revoked as (
    update darkroom.leases as l
    set revoked_at = v_now
    where l.job_id = any (v_jobs) and l.user_id = p_user and l.revoked_at is null
    returning l.worker
  )
  select array_agg(distinct r.worker) into v_workers from revoked as r;

  with ending as materialized (
    select j.id, j.status as was, j.kind, j.credits
    from darkroom.jobs as j
    where j.id = any (v_jobs) and j.user_id = p_user and j.status in ('queued', 'processing')
  ),
  ended as (
    update darkroom.jobs as j
    set status = 'cancelled', finished_at = v_now
    from ending as e
    where j.id = e.id
  )
  select jsonb_build_object(
    'cancelled', count(*) filter (where e.kind = 'image'),
    'refunded', coalesce(sum(e.credits) filter (where e.was = 'queued'), 0))
  into v_reply
  from ending as e;

  if v_workers is not null then
    perform darkroom.ring_cancelled(v_workers);
  end if;
  return v_reply;
end
$$;
comment on function darkroom.cancel_jobs(uuid, bigint[]) is 'Cancels the unfinished of these jobs of a locked user: {cancelled, refunded}.';
