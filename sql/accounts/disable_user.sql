-- Locks a user out: its keys and sessions stop working with the next request, and its sockets are closed. What it made
-- and what it owns stays; jobs that are paid for still run. Doing it again changes nothing.
-- Locks: the user's mutex; waits. Writes: users, sessions. Rings: darkroom_revocations.
-- Called by: operators.
create or replace function darkroom.disable_user(p_user uuid) returns darkroom.users
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user darkroom.users := darkroom.user_to_change(p_user);
begin
  if v_user.disabled_at is null then
    update darkroom.users as u
    set disabled_at = darkroom.clock()
    where u.id = p_user
    returning u.* into v_user;
    delete from darkroom.sessions as s where s.user_id = p_user;
    perform darkroom.ring_revocations('user', p_user);
  end if;
  return v_user;
end
$$;
comment on function darkroom.disable_user(uuid) is 'Locks a user out: keys stop working, sessions and sockets end. Nothing is deleted.';
