-- Signs a browser out: its token opens nothing from now on, and sockets that it opened are closed. They are named by the
-- first half of the token's sha256, which is as good as an id and opens nothing.
-- Locks: the user's mutex; waits. Writes: sessions. Rings: darkroom_revocations. Called by: clients.
create or replace function darkroom.end_session(p_session bytea) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
begin
  delete from darkroom.sessions as s where s.token_sha256 = p_session and s.user_id = v_user;
  if found then
    perform darkroom.ring_revocations('session', encode(substr(p_session, 1, 16), 'hex')::uuid);
  end if;
  return jsonb_build_object('ended', found, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.end_session(bytea) is 'Ends a session of the current user, by its token''s sha256: {ended, seq}.';
