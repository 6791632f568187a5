-- When a sleeping worker must wake for the schedule.
create or replace function darkroom.next_due_at() returns timestamptz
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select s.run_at
  from darkroom.schedule as s
  where s.run_at < 'infinity'
  order by s.run_at
  limit 1
$$;
comment on function darkroom.next_due_at() is 'When the next scheduled job falls due, or null.';
