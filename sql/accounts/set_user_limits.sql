-- How much a user may ask for, and whether it may administer over HTTP. What is not named stays as it is; a
-- storage_quota of null is no quota.
-- Locks: the user's mutex; waits. Writes: users. Called by: operators.
create or replace function darkroom.set_user_limits(p_user uuid, p_limits jsonb) returns darkroom.users
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_priority bigint;
  v_jobs bigint;
  v_quota bigint;
  v_operator boolean;
  v_user darkroom.users;
  v_key text;
begin
  perform darkroom.check_fields(p_limits, '{max_priority,max_active_jobs,storage_quota,operator}');
  select l.key into v_key
  from jsonb_each(p_limits) as l (key, value)
  where l.key <> 'storage_quota' and l.value = 'null'
  order by l.key
  limit 1;
  if found then
    perform darkroom.invalid('/' || v_key, format('"%s" cannot be null.', v_key), 'Leave it out to keep it as it is.');
  end if;
  v_priority := darkroom.whole_field(p_limits, 'max_priority', 0, 10);
  v_jobs := darkroom.whole_field(p_limits, 'max_active_jobs', 0, 1000000);
  v_quota := darkroom.whole_field(p_limits, 'storage_quota', 0, 9007199254740991);
  v_operator := darkroom.flag_field(p_limits, 'operator');

  v_user := darkroom.user_to_change(p_user);
  update darkroom.users as u
  set
    max_priority = coalesce(v_priority, u.max_priority),
    max_active_jobs = coalesce(v_jobs, u.max_active_jobs),
    storage_quota = case when p_limits ? 'storage_quota' then v_quota else u.storage_quota end,
    operator = case when p_limits ? 'operator' then v_operator else u.operator end
  where u.id = p_user
  returning u.* into v_user;
  return v_user;
end
$$;
comment on function darkroom.set_user_limits(uuid, jsonb) is
  'Changes a user''s {max_priority, max_active_jobs, storage_quota, operator}; what is not named stays.';
