-- The same for functions that only read: nothing is locked.
create or replace function darkroom.reading_user() returns uuid
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_user uuid;
begin
  begin
    v_user := darkroom.current_user_id();
  exception
    when invalid_text_representation then null;
  end;
  if v_user is null or not exists (
    select from darkroom.users as u where u.id = v_user and u.disabled_at is null
  ) then
    perform darkroom.refuse('DR401', 'unauthenticated', 'No user is set for this connection, or the user is disabled.',
      'Sign in; in psql: set darkroom.user_id = ''<the id of a user>''.');
  end if;
  return v_user;
end
$$;
comment on function darkroom.reading_user() is 'The user of the connection, or DR401.';
