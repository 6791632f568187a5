-- What an operator sees of the tenants: who they are, what they have, what they are doing.
-- Called by: operators.
create or replace function darkroom.list_users()
  returns table (
    id uuid,
    name text,
    credits bigint,
    active_jobs integer,
    storage_bytes bigint,
    api_keys bigint,
    max_priority smallint,
    max_active_jobs integer,
    storage_quota bigint,
    operator boolean,
    paused_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz
  )
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select
    u.id, u.name, u.credits, h.active_jobs, h.storage_bytes, coalesce(k.live, 0), u.max_priority, u.max_active_jobs,
    u.storage_quota, u.operator, u.paused_at, u.disabled_at, u.created_at
  from darkroom.users as u
  join darkroom.event_heads as h on h.user_id = u.id
  left join (
    select a.user_id, count(*) as live
    from darkroom.api_keys as a
    where a.revoked_at is null
    group by a.user_id
  ) as k on k.user_id = u.id
  order by u.name
$$;
comment on function darkroom.list_users() is 'All users with their balance, limits, and what they have running.';
