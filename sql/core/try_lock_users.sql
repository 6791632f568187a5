-- The same for those who must never wait (claim, rescue, promotion, a completion for many): the users whose mutex is
-- free now. Whoever is left out is dealt with next time; one idle transaction stops nobody else.
-- Locks: event_heads, by user. Never waits.
create or replace function darkroom.try_lock_users(p_users uuid[]) returns uuid[]
  language plpgsql
  set search_path = ''
as $$
declare
  v_locked uuid[];
begin
  select array_agg(l.user_id)
  into v_locked
  from (
    select h.user_id
    from darkroom.event_heads as h
    where h.user_id = any (p_users)
    order by h.user_id
    for no key update skip locked
  ) as l;
  return coalesce(v_locked, '{}');
end
$$;
comment on function darkroom.try_lock_users(uuid[]) is 'Takes the mutexes that are free, without waiting, and says which.';
