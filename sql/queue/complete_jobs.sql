-- Results come home. A lease is compared by deleting it: whoever cannot delete it with its own number has lost the job,
-- and its result is refused. Per job the answer is
--   accepted  the job is completed by this call
--   already   this very lease completed it before; only the acknowledgement was lost
--   refused   the lease was lost or revoked: delete the objects. (A revoked lease gives its token slot back here;
--             it may have outlived its job, which was purged.)
--   busy      the user's mutex was held elsewhere; send this one again. Never answered where a single user's leases
--             are left, which are waited for instead: a completer sends what was busy again user by user.
--
-- Lock order: event_heads, leases, jobs and what the triggers write, token_slots, provider_tokens.
-- Writes: leases, jobs, token_slots, provider_tokens, and what the triggers on jobs write.
create or replace function darkroom.complete_jobs(p jsonb)
  returns table (job_id bigint, lease_no bigint, answer text, user_id uuid)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set enable_memoize = off
  set jit = off
as $$
#variable_conflict use_column
declare
  v_items darkroom.job_item[] := darkroom.read_items(p);
  v_now timestamptz;
  v_users uuid[];
  v_locked uuid[];
  v_tokens uuid[];
  v_bad text;
  v_accepted integer;
begin
  select
    array_agg(distinct l.user_id),
    array_agg(distinct l.token_id) filter (where l.token_id is not null),
    min(case when r.problem is not null then format('job %s: %s', i.job_id, r.problem) end)
  into v_users, v_tokens, v_bad
  from unnest(v_items) as i
  join darkroom.leases as l on l.job_id = i.job_id and l.lease_no = i.lease_no
  cross join lateral (
    select
      i.result -> 'width' as width, i.result -> 'height' as height, i.result -> 'bytes' as bytes,
      i.result -> 'duration_ms' as duration_ms, i.result -> 'seed' as seed, i.result ->> 'sha256' as sha256
    offset 0
  ) as f
  cross join lateral (
    select darkroom.result_problem(l.kind, i.result, f.width, f.height, f.bytes, f.duration_ms, f.seed, f.sha256) as problem
    offset 0
  ) as r;

  if v_bad is not null then
    perform darkroom.invalid('/result', format('A result cannot be taken, of %s.', v_bad),
      'Leave it out and send the others again. An image needs object_key, a caption caption; what else is said must be sound.');
  end if;
  v_locked := darkroom.lock_users_for(v_users);
  v_now := darkroom.clock();

  return query
  with held as (
    delete from darkroom.leases as l
    using unnest(v_items) as i
    where l.job_id = i.job_id and l.lease_no = i.lease_no and l.user_id = any (v_locked)
    returning l.job_id, l.lease_no, l.token_id, l.slot, l.revoked_at is null as valid, i.result
  ),
  done as (
    update darkroom.jobs as j
    set
      status = 'completed',
      result = h.result,
      provider_cost = nullif(h.result -> 'provider_cost', 'null')::numeric,
      image_id = case j.kind when 'image' then darkroom.uuid7() end,
      finished_at = v_now
    from held as h
    where j.id = h.job_id and j.lease_no = h.lease_no and j.status = 'processing' and h.valid
    returning j.id, j.lease_no, j.user_id
  ),
  freed as (
    update darkroom.token_slots as s
    set job_id = null
    from held as h
    where s.token_id = h.token_id and s.slot = h.slot and s.job_id = h.job_id
  )
  select d.id, d.lease_no, 'accepted', d.user_id
  from done as d;
  get diagnostics v_accepted = row_count;

  -- The others: not those that this very call completed, at v_now. A lease still there is one whose user is held.
  if v_accepted < cardinality(v_items) then
    return query
    select
      i.job_id, i.lease_no,
      case
        when l.job_id is not null and l.user_id <> all (v_locked) then 'busy'
        when j.status = 'completed' and j.lease_no = i.lease_no then 'already'
        else 'refused'
      end,
      coalesce(j.user_id, l.user_id)
    from unnest(v_items) as i
    left join darkroom.jobs as j on j.id = i.job_id
    left join darkroom.leases as l on l.job_id = i.job_id and l.lease_no = i.lease_no
    where (j.status = 'completed' and j.lease_no = i.lease_no and j.finished_at = v_now) is not true;
  end if;

  if v_tokens is not null then
    perform darkroom.forgive_tokens(v_tokens);
  end if;
end
$$;
comment on function darkroom.complete_jobs(jsonb) is
  'Completes jobs, fenced by lease: [{job_id, lease_no, result}]; answers accepted, already, refused or busy for each.';
