-- The beginning of every operator function that changes a user: the mutex first, then a look at the user.
-- Locks: the user's mutex; waits. Called by: the functions of operators on users and keys.
create or replace function darkroom.user_to_change(p_user uuid) returns darkroom.users
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user darkroom.users;
begin
  perform darkroom.lock_users(array[p_user]);
  select u.* into v_user from darkroom.users as u where u.id = p_user;
  if v_user.id is null then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such user.',
      '`darkroom user list` or list_users() shows who there is.');
  end if;
  return v_user;
end
$$;
comment on function darkroom.user_to_change(uuid) is 'Takes a user''s mutex and answers the user, or DR404.';
