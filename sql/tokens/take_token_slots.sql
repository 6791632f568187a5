-- A slot for each of these jobs whose provider needs one: the least recently used, of another token than the one the
-- job failed on if there is one, but of the very same where a call goes on that somebody else began: it belongs to the
-- account that began it. Slots are rows and are locked as rows: counting leases instead overshot in one claim
-- of nine, since the count sees an older snapshot than the lock.
-- Locks: token_slots, skip locked, after the users' mutexes. Writes: token_slots. Called by: claim_jobs.
create or replace function darkroom.take_token_slots(p_found darkroom.ready_job[], p_locked uuid[], p_with_tokens text[])
  returns darkroom.token_slots[]
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_taken darkroom.token_slots[] := '{}';
  v_slot darkroom.token_slots;
  v_job record;
begin
  for v_job in
    select f.job_id, f.provider, j.token_id as last_token, j.provider_ref is not null as resumed
    from unnest(p_found) as f
    join darkroom.jobs as j on j.id = f.job_id
    where f.user_id = any (p_locked)
      and f.provider = any (p_with_tokens)
    order by f.rank, f.fair_key, f.job_id
  loop
    update darkroom.token_slots as s
    set job_id = v_job.job_id, last_used_at = darkroom.clock(), request_count = s.request_count + 1
    from (
      select c.token_id, c.slot
      from darkroom.token_slots as c
      join darkroom.provider_tokens as t on t.id = c.token_id
      where c.provider = v_job.provider and c.job_id is null and c.slot <= t.max_in_flight
        and t.active and (t.cooldown_until is null or t.cooldown_until <= darkroom.clock())
      order by (c.token_id is not distinct from v_job.last_token) <> v_job.resumed, c.last_used_at, c.request_count
      limit 1
      for no key update of c skip locked
    ) as free
    where s.token_id = free.token_id and s.slot = free.slot
    returning s.* into v_slot;
    if found then
      v_taken := v_taken || v_slot;
    end if;
  end loop;
  return v_taken;
end
$$;
comment on function darkroom.take_token_slots(darkroom.ready_job[], uuid[], text[]) is 'Takes a token slot for each job that needs one and can have one.';
