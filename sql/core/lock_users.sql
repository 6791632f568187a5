-- The beginning of every function that changes something of a user. The row of event_heads is its user's mutex; all
-- users of a call are locked here, once, in order, while nothing else is held yet, so two calls can never wait in a
-- circle. What was read before this must be read again after it.
-- Locks: event_heads, by user. Waits.
create or replace function darkroom.lock_users(p_users uuid[]) returns void
  language plpgsql
  set search_path = ''
as $$
begin
  perform 1
  from darkroom.event_heads as h
  where h.user_id = any (p_users)
  order by h.user_id
  for no key update;
end
$$;
comment on function darkroom.lock_users(uuid[]) is 'Takes the mutex of each of these users, in order, waiting for it.';
