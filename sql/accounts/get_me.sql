-- Who the caller is, what is left, and what the limits are. Called by: clients.
create or replace function darkroom.get_me() returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
begin
  return (
    select jsonb_build_object(
      'user', jsonb_build_object(
        'id', u.id,
        'name', u.name,
        'credits', u.credits,
        'operator', u.operator,
        'paused', u.paused_at is not null,
        'active_count', h.active_count,
        'unviewed_count', h.unviewed_count,
        'active_jobs', h.active_jobs,
        'max_active_jobs', u.max_active_jobs,
        'max_priority', u.max_priority,
        'storage_bytes', h.storage_bytes,
        'upload_bytes', coalesce((select sum(o.bytes) from darkroom.uploads as o where o.user_id = u.id), 0),
        'storage_quota', u.storage_quota,
        'created_at', darkroom.json_time(u.created_at)),
      'seq', h.seq)
    from darkroom.users as u
    join darkroom.event_heads as h on h.user_id = u.id
    where u.id = v_user);
end
$$;
comment on function darkroom.get_me() is 'The current user, with its credits and limits: {user, seq}.';
