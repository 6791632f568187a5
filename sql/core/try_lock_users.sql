-- The same for those who must never wait (claim, rescue, promotion, a completion for many): the users whose mutex is
-- free now. Whoever is left out is dealt with next time; one idle transaction stops nobody else.
--
-- Each head is looked up from the end of its index entries, which is what the range and the descending order are for:
-- while an open report keeps the versions of a head from being vacuumed, the newest is the last. Looking up 500 heads
-- with 200 versions each takes 2 ms this way, and 17 with `user_id = any (…)`.
-- Locks: event_heads, by user. Never waits.
create or replace function darkroom.try_lock_users(p_users uuid[]) returns uuid[]
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_locked uuid[];
begin
  select array_agg(l.user_id)
  into v_locked
  from (
    select n.user_id
    from (select distinct u.user_id from unnest(p_users) as u (user_id) order by u.user_id) as u
    cross join lateral (
      select h.user_id
      from darkroom.event_heads as h
      where h.user_id between u.user_id and u.user_id
      order by h.user_id desc
      limit 1
      for no key update skip locked
    ) as n
  ) as l;
  return coalesce(v_locked, '{}');
end
$$;
comment on function darkroom.try_lock_users(uuid[]) is 'Takes the mutexes that are free, without waiting, and says which.';
