-- The beginning of every request of the API: finds who shows these credentials, and sets that user for the rest of the
-- transaction, so that the call behind it needs no second round trip. A key goes before a session, a session before a
-- subject whose token the API has verified (a JWT). Nothing valid: DR401, and the transaction does nothing.
-- Writes: what user_for_key, user_for_session and user_for_subject write. Called by: the API.
drop function if exists darkroom.sign_in(bytea, bytea, uuid);
create or replace function darkroom.sign_in(
  p_key bytea default null, p_session bytea default null, p_issuer text default null, p_subject text default null
)
  returns table (user_id uuid, api_key_id uuid, operator boolean)
  language plpgsql
  rows 1
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if p_key is not null then
    select k.user_id, k.api_key_id, k.operator into user_id, api_key_id, operator from darkroom.user_for_key(p_key) as k;
  elsif p_session is not null then
    select s.user_id, s.api_key_id, s.operator into user_id, api_key_id, operator from darkroom.user_for_session(p_session) as s;
  elsif length(p_issuer) between 1 and 500 and length(p_subject) between 1 and 255 then
    select s.user_id, s.operator into user_id, operator from darkroom.user_for_subject(p_issuer, p_subject) as s;
  end if;
  if user_id is null then
    perform darkroom.refuse('DR401', 'unauthenticated', 'You are not signed in, or no longer.',
      'Send Authorization: Bearer with a key that was not revoked, or sign in again.');
  end if;
  perform set_config('darkroom.user_id', user_id::text, true), set_config('darkroom.api_key_id', coalesce(api_key_id::text, ''), true);
  return next;
end
$$;
comment on function darkroom.sign_in(bytea, bytea, text, text) is
  'Who shows a key, a session or a verified subject, and makes that user the transaction''s; DR401 for nobody.';
