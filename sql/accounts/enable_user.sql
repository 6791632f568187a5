-- The way back from disable_user: the keys work again; browsers have to sign in again.
-- Locks: the user's mutex; waits. Writes: users. Called by: operators.
create or replace function darkroom.enable_user(p_user uuid) returns darkroom.users
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user darkroom.users := darkroom.user_to_change(p_user);
begin
  if v_user.disabled_at is not null then
    update darkroom.users as u
    set disabled_at = null
    where u.id = p_user
    returning u.* into v_user;
  end if;
  return v_user;
end
$$;
comment on function darkroom.enable_user(uuid) is 'Lets a disabled user in again.';
