-- The one place that knows which user a key belongs to: when users are split over several databases, this is where a
-- key finds its own. No row: unknown, revoked, or the user is disabled; a caller cannot tell which.
--
-- Runs at the beginning of every request, so it writes last_used_at at most once a minute, and not at all while
-- another request of the same key is writing it.
-- Locks: the key's row, skip locked. Writes: api_keys. Called by: the API.
create or replace function darkroom.user_for_key(p_sha256 bytea)
  returns table (user_id uuid, api_key_id uuid, operator boolean)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_used_at timestamptz;
begin
  select k.user_id, k.id, u.operator, k.last_used_at
  into user_id, api_key_id, operator, v_used_at
  from darkroom.api_keys as k
  join darkroom.users as u on u.id = k.user_id
  where k.key_sha256 = p_sha256 and k.revoked_at is null and u.disabled_at is null;
  if not found then
    return;
  end if;
  if v_used_at is null or v_used_at <= darkroom.clock() - interval '1 minute' then
    update darkroom.api_keys as k
    set last_used_at = darkroom.clock()
    from (
      select l.id
      from darkroom.api_keys as l
      where l.key_sha256 = p_sha256 and l.last_used_at is not distinct from v_used_at
      for no key update skip locked
    ) as free
    where k.id = free.id;
  end if;
  return next;
end
$$;
comment on function darkroom.user_for_key(bytea) is 'The user a key (by its sha256) belongs to, and notes its use; no row if it opens nothing.';
