-- A browser's new session, in place of the one it had: a token that was known before the sign-in is worth nothing after
-- it. A user has 100 at most; the ones unused for longest give way. The caller holds the user's mutex, and has found out
-- with it in hand that the user may be here.
-- Writes: sessions. Called by: create_session, use_sign_in_link.
create or replace function darkroom.open_session(p_user uuid, p_api_key uuid, p_token bytea, p_replaces bytea) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
begin
  if p_token is null or octet_length(p_token) <> 32 then
    perform darkroom.invalid('/token', 'A session''s token is kept as its sha256, which has 32 bytes.', 'Hash the token.');
  end if;
  delete from darkroom.sessions as s
  where s.token_sha256 = p_replaces
    or s.token_sha256 in (
      select o.token_sha256
      from darkroom.sessions as o
      where o.user_id = p_user
      order by o.expires_at desc
      offset 99);
  insert into darkroom.sessions as s (token_sha256, user_id, api_key_id, created_at, expires_at)
  values (p_token, p_user, p_api_key, v_now, darkroom.session_end(v_now, v_now));
end
$$;
comment on function darkroom.open_session(uuid, uuid, bytea, bytea) is 'Records a session by its token''s sha256, in place of another.';
