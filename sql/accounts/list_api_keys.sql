-- Called by: operators.
create or replace function darkroom.list_api_keys(p_user uuid default null)
  returns table (
    id uuid,
    user_id uuid,
    user_name text,
    label text,
    last_four text,
    created_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
  )
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select k.id, k.user_id, u.name, k.label, k.last_four, k.created_at, k.last_used_at, k.revoked_at
  from darkroom.api_keys as k
  join darkroom.users as u on u.id = k.user_id
  where p_user is null or k.user_id = p_user
  order by u.name, k.created_at, k.id
$$;
comment on function darkroom.list_api_keys(uuid) is 'The keys of one user or of all, by their last four characters.';
