-- The users of a worker's batch. One user: wait for the mutex, since nobody else is delayed by it. Several: take those
-- that are free, so that one user's open transaction does not hold up the results of all the others.
-- Locks: event_heads.
create or replace function darkroom.lock_users_for(p_users uuid[]) returns uuid[]
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(cardinality(p_users), 0) = 0 then
    return '{}';
  end if;
  if cardinality(p_users) = 1 then
    perform darkroom.lock_users(p_users);
    return p_users;
  end if;
  return darkroom.try_lock_users(p_users);
end
$$;
comment on function darkroom.lock_users_for(uuid[]) is 'Locks a single user waiting, or of several those whose mutex is free; says which.';
