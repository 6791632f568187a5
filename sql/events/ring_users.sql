-- A worker's own bells: it completes with darkroom.bells = off, then rings here for the users it touched, in a
-- transaction of its own that need not wait for the disk. A lost bell is made good by the relay's renewal.
-- Called by: workers, after their commit.
create or replace function darkroom.ring_users(p_users uuid[]) returns void
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('darkroom_events', h.user_id::text)
  from darkroom.event_heads as h
  where h.user_id = any (p_users) and h.watched_until > darkroom.clock();
end
$$;
comment on function darkroom.ring_users(uuid[]) is 'Rings darkroom_events for those of these users who are being watched.';
