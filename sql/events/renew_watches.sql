-- The relay's users for another 60 seconds, as far as their mutex is free: one idle transaction must not stop everybody's
-- renewal. The numbers answered are the safety net under the bells: one above what was delivered means a bell was lost.
-- Whom it leaves out three times, the relay polls.
-- Locks: event_heads, by user. Never waits. Writes: event_heads. Called by: the relay, every 20 seconds.
create or replace function darkroom.renew_watches(p_users uuid[])
  returns table (user_id uuid, seq bigint)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
#variable_conflict use_column
begin
  return query
  with free as materialized (
    select h.user_id
    from darkroom.event_heads as h
    where h.user_id = any (p_users)
    order by h.user_id
    for no key update skip locked
  )
  update darkroom.event_heads as h
  set watched_until = greatest(h.watched_until, darkroom.clock() + interval '60 s')
  from free as f
  where h.user_id = f.user_id
  returning h.user_id, h.seq;
end
$$;
comment on function darkroom.renew_watches(uuid[]) is
  'Renews the watch of those of these users whose mutex is free; answers them with their last event''s number.';
