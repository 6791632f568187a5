-- Which user a browser's session belongs to. No row: unknown, expired, ended with its key, or the user is disabled; a
-- caller cannot tell which.
--
-- Runs at the beginning of every request of a browser, so it puts the session's end off once a day, and not at all while
-- another request is doing so.
-- Locks: the session's row, skip locked. Writes: sessions. Called by: sign_in.
create or replace function darkroom.user_for_session(p_sha256 bytea)
  returns table (user_id uuid, api_key_id uuid, operator boolean)
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := darkroom.clock();
  v_ends_at timestamptz;
  v_could_end_at timestamptz;
begin
  select s.user_id, s.api_key_id, u.operator, s.expires_at, darkroom.session_end(s.created_at, v_now)
  into user_id, api_key_id, operator, v_ends_at, v_could_end_at
  from darkroom.sessions as s
  join darkroom.users as u on u.id = s.user_id
  left join darkroom.api_keys as k on k.id = s.api_key_id
  where s.token_sha256 = p_sha256 and s.expires_at > v_now and k.revoked_at is null and u.disabled_at is null;
  if not found then
    return;
  end if;
  if v_ends_at < v_could_end_at - interval '1 day' then
    update darkroom.sessions as s
    set expires_at = v_could_end_at
    from (
      select l.token_sha256
      from darkroom.sessions as l
      where l.token_sha256 = p_sha256
      for no key update skip locked
    ) as free
    where s.token_sha256 = free.token_sha256;
  end if;
  return next;
end
$$;
comment on function darkroom.user_for_session(bytea) is
  'The user a session (by its token''s sha256) belongs to, and puts off its end; no row if it opens nothing.';
