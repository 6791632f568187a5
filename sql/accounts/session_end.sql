-- When a session ends: 14 days after its last use, and 90 days after its sign-in at the latest.
create or replace function darkroom.session_end(p_created_at timestamptz, p_used_at timestamptz) returns timestamptz
  language sql
  immutable
  parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select least(p_used_at + interval '14 days', p_created_at + interval '90 days')
$$;
comment on function darkroom.session_end(timestamptz, timestamptz) is 'When a session ends that was begun and last used then.';
