-- Ends a key and everything that was opened with it: sessions here, sockets by the bell. Doing it again changes nothing
-- and answers the same.
-- Locks: the mutex of the key's user; waits. Writes: api_keys, sessions. Rings: darkroom_revocations.
-- Called by: operators.
create or replace function darkroom.revoke_api_key(p_key uuid)
  returns table (id uuid, user_id uuid, label text, last_four text, revoked_at timestamptz)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_user uuid;
begin
  select k.user_id into v_user from darkroom.api_keys as k where k.id = p_key;
  if v_user is null then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such key.',
      '`darkroom key list` or list_api_keys() shows the ids there are.');
  end if;
  perform darkroom.lock_users(array[v_user]);

  update darkroom.api_keys as k
  set revoked_at = darkroom.clock()
  where k.id = p_key and k.revoked_at is null;
  if found then
    delete from darkroom.sessions as s where s.api_key_id = p_key;
    perform darkroom.ring_revocations('key', p_key);
  end if;
  return query
  select k.id, k.user_id, k.label, k.last_four, k.revoked_at
  from darkroom.api_keys as k
  where k.id = p_key;
end
$$;
comment on function darkroom.revoke_api_key(uuid) is 'Revokes a key; its sessions and sockets end with it.';
