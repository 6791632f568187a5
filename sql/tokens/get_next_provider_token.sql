-- The least recently used token with a free slot, marked used, for callers outside the job loop (a catalogue refresh, a
-- look at the balance). Jobs get their token with the claim.
-- Locks: token_slots, skip locked. Writes: token_slots.
create or replace function darkroom.get_next_provider_token(p_provider text)
  returns table (id uuid, token text)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with used as (
    update darkroom.token_slots as s
    set last_used_at = darkroom.clock(), request_count = s.request_count + 1
    from (
      select c.token_id, c.slot
      from darkroom.token_slots as c
      join darkroom.provider_tokens as t on t.id = c.token_id
      where c.provider = p_provider and c.job_id is null and c.slot <= t.max_in_flight
        and t.active and (t.cooldown_until is null or t.cooldown_until <= darkroom.clock())
      order by c.last_used_at, c.request_count
      limit 1
      for no key update of c skip locked
    ) as free
    where s.token_id = free.token_id and s.slot = free.slot
    returning s.token_id
  )
  select t.id, t.secret
  from used as u
  join darkroom.provider_tokens as t on t.id = u.token_id;
end
$$;
comment on function darkroom.get_next_provider_token(text) is 'The least recently used active token of a provider, marked used; no row if none is free.';
