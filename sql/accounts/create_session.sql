-- Signs a browser in with a key. The token is made and hashed by the API, as keys are, and p_replaces is that of the
-- session the browser had. The session ends with its key.
-- Locks: the user's mutex; waits. Writes: sessions, and what user_for_key writes. Called by: the API.
create or replace function darkroom.create_session(p_key bytea, p_token bytea, p_replaces bytea default null)
  returns table (user_id uuid, api_key_id uuid)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  select k.user_id, k.api_key_id into user_id, api_key_id from darkroom.user_for_key(p_key) as k;
  perform darkroom.lock_users(array[user_id]);
  -- Again: the key may have been revoked, and its sessions ended, while this waited.
  select k.user_id, k.api_key_id into user_id, api_key_id from darkroom.user_for_key(p_key) as k;
  if user_id is null then
    perform darkroom.refuse('DR401', 'unauthenticated', 'This key opens nothing.', 'Send one that was not revoked.');
  end if;
  perform darkroom.open_session(user_id, api_key_id, p_token, p_replaces);
  return next;
end
$$;
comment on function darkroom.create_session(bytea, bytea, bytea) is 'Signs a browser in with a key, both by their sha256; DR401 if it opens nothing.';
