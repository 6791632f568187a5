-- A ticket opens one event stream as the caller, once, within a minute: for pages of other origins, which can send
-- neither a key nor a cookie with a WebSocket. It ends, and so does what it opened, with the sign-in it was asked for
-- with: with the key, with the browser's session p_session, at p_until.
-- Writes: event_tickets. Called by: clients.
drop function if exists darkroom.create_event_ticket(bytea);
create or replace function darkroom.create_event_ticket(
  p_sha256 bytea, p_session bytea default null, p_until timestamptz default null
) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_now timestamptz := darkroom.clock();
  v_ends_at timestamptz := v_now + interval '60 seconds';
begin
  if p_sha256 is null or octet_length(p_sha256) <> 32 then
    perform darkroom.invalid('/sha256', 'A ticket is kept as its sha256, which has 32 bytes.', 'Hash the ticket.');
  end if;
  if octet_length(p_session) <> 32 then
    perform darkroom.invalid('/session', 'A session is known by the sha256 of its token, which has 32 bytes.', 'Hash the token.');
  end if;
  insert into darkroom.event_tickets as t
    (token_sha256, user_id, api_key_id, session_sha256, sign_in_ends_at, created_at, expires_at)
  values
    (p_sha256, v_user, nullif(current_setting('darkroom.api_key_id', true), '')::uuid, p_session, p_until, v_now, v_ends_at);
  return jsonb_build_object('expires_at', darkroom.json_time(v_ends_at), 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.create_event_ticket(bytea, bytea, timestamptz) is
  'Records a ticket of the current user, by its sha256, that opens one event stream: {expires_at, seq}.';
