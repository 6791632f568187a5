-- Which of these sign-ins open nothing any more: the relay asks for all its sockets now and then, and whenever it may
-- have missed a bell of darkroom_revocations. Each is a user, and the key or the session it came with, if any, at the same
-- place of three lists.
-- Reads: users, api_keys, sessions. Called by: the relay.
create or replace function darkroom.lapsed_sign_ins(p_users uuid[], p_keys uuid[], p_sessions bytea[])
  returns table (place bigint)
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if (cardinality(p_users) = cardinality(p_keys) and cardinality(p_users) = cardinality(p_sessions)) is not true then
    perform darkroom.invalid('/users', 'Users, keys and sessions are lists of the same length.', 'Fill them up with null.');
  end if;
  return query
  select w.place
  from unnest(p_users, p_keys, p_sessions) with ordinality as w (user_id, api_key_id, session, place)
  where not exists (select from darkroom.users as u where u.id = w.user_id and u.disabled_at is null)
    or (w.api_key_id is not null and not exists (
      select from darkroom.api_keys as k
      where k.id = w.api_key_id and k.user_id = w.user_id and k.revoked_at is null))
    or (w.session is not null and not exists (
      select from darkroom.sessions as s
      where s.token_sha256 = w.session and s.user_id = w.user_id and s.expires_at > darkroom.clock()));
end
$$;
comment on function darkroom.lapsed_sign_ins(uuid[], uuid[], bytea[]) is
  'The places of those of these sign-ins (user, key, session) that open nothing any more.';
