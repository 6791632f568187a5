-- Whose event stream a ticket opens, and by what right: a key, a session, until when. It opens nothing after this. No row:
-- unknown, used, too old, or whoever asked for it may not be here any more; a caller cannot tell which.
-- Writes: event_tickets. Called by: the relay.
drop function if exists darkroom.use_event_ticket(bytea);
create or replace function darkroom.use_event_ticket(p_sha256 bytea)
  returns table (user_id uuid, api_key_id uuid, session_sha256 bytea, sign_in_ends_at timestamptz)
  language sql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  with used as (
    delete from darkroom.event_tickets as t
    where t.token_sha256 = p_sha256
    returning t.user_id, t.api_key_id, t.session_sha256, t.sign_in_ends_at, t.expires_at
  )
  select t.user_id, t.api_key_id, t.session_sha256, t.sign_in_ends_at
  from used as t
  where t.expires_at > darkroom.clock()
    and (t.sign_in_ends_at is null or t.sign_in_ends_at > darkroom.clock())
    and not exists (select from darkroom.lapsed_sign_ins(array[t.user_id], array[t.api_key_id], array[t.session_sha256]))
$$;
comment on function darkroom.use_event_ticket(bytea) is
  'The user, key, session and end of the sign-in that a ticket (by its sha256) was made with, once; no row if it opens nothing.';
