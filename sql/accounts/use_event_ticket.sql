-- Whose event stream a ticket opens; it opens nothing after this. No row: unknown, used, too old, or whoever asked for it
-- may not be here any more; a caller cannot tell which.
-- Writes: event_tickets. Called by: the relay.
create or replace function darkroom.use_event_ticket(p_sha256 bytea)
  returns table (user_id uuid, api_key_id uuid)
  language sql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  with used as (
    delete from darkroom.event_tickets as t
    where t.token_sha256 = p_sha256
    returning t.user_id, t.api_key_id, t.expires_at
  )
  select t.user_id, t.api_key_id
  from used as t
  join darkroom.users as u on u.id = t.user_id
  left join darkroom.api_keys as k on k.id = t.api_key_id
  where t.expires_at > darkroom.clock() and u.disabled_at is null and k.revoked_at is null
$$;
comment on function darkroom.use_event_ticket(bytea) is 'The user, and the key, that a ticket (by its sha256) was made for, once; no row if it opens nothing.';
