-- The beginning of every function that changes something of a user. The row of event_heads is its user's mutex; all
-- users of a call are locked here, once, in order, while nothing else is held yet, so two calls can never wait in a
-- circle. What was read before this must be read again after it.
-- Locks: event_heads, by user (why so: see try_lock_users). Waits.
create or replace function darkroom.lock_users(p_users uuid[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform n.user_id
  from (select distinct u.user_id from unnest(p_users) as u (user_id) order by u.user_id) as u
  cross join lateral (
    select h.user_id
    from darkroom.event_heads as h
    where h.user_id between u.user_id and u.user_id
    order by h.user_id desc
    limit 1
    for no key update
  ) as n;
end
$$;
comment on function darkroom.lock_users(uuid[]) is 'Takes the mutex of each of these users, in order, waiting for it.';
