-- The beginning of every request of the API: finds who shows these credentials, and sets that user for the rest of the
-- transaction, so that the call behind it needs no second round trip. A key goes before a session, a session before a
-- user whom the API has proved otherwise (a JWT). Nothing valid: DR401, and the transaction does nothing.
-- Reads: sessions, users. Writes: what user_for_key writes. Called by: the API.
create or replace function darkroom.sign_in(p_key bytea default null, p_session bytea default null, p_user uuid default null)
  returns table (user_id uuid, api_key_id uuid, operator boolean)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if p_key is not null then
    select k.user_id, k.api_key_id, k.operator into user_id, api_key_id, operator from darkroom.user_for_key(p_key) as k;
  elsif p_session is not null then
    select s.user_id, s.api_key_id, u.operator
    into user_id, api_key_id, operator
    from darkroom.sessions as s
    join darkroom.users as u on u.id = s.user_id
    left join darkroom.api_keys as k on k.id = s.api_key_id
    where s.token_sha256 = p_session and s.expires_at > darkroom.clock() and k.revoked_at is null and u.disabled_at is null;
  else
    select u.id, null, u.operator
    into user_id, api_key_id, operator
    from darkroom.users as u
    where u.id = p_user and u.disabled_at is null;
  end if;
  if user_id is null then
    perform darkroom.refuse('DR401', 'unauthenticated', 'You are not signed in, or no longer.',
      'Send Authorization: Bearer with a key that was not revoked, or sign in again.');
  end if;
  perform set_config('darkroom.user_id', user_id::text, true);
  return next;
end
$$;
comment on function darkroom.sign_in(bytea, bytea, uuid) is
  'Who shows a key, a session or a proved user, and makes that user the transaction''s; DR401 for nobody.';
