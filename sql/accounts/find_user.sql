-- Operators name a user by what they have at hand.
-- Called by: operators.
create or replace function darkroom.find_user(p_name_or_id text) returns darkroom.users
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user darkroom.users;
begin
  if p_name_or_id ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then
    select u.* into v_user from darkroom.users as u where u.id = p_name_or_id::uuid;
  else
    select u.* into v_user from darkroom.users as u where u.name = btrim(p_name_or_id);
  end if;
  if v_user.id is null then
    perform darkroom.refuse('DR404', 'not-found', format('There is no user "%s".', coalesce(left(p_name_or_id, 100), '')),
      '`darkroom user list` or list_users() shows who there is.');
  end if;
  return v_user;
end
$$;
comment on function darkroom.find_user(text) is 'The user of this name or id, or DR404.';
