-- How long the trash keeps things: 30 days, or what the setting darkroom.trash_days says. Lists show it as expires_at.
create or replace function darkroom.trash_age() returns interval
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select make_interval(days => coalesce(nullif(current_setting('darkroom.trash_days', true), '')::integer, 30))
$$;
comment on function darkroom.trash_age() is 'How long things stay in the trash (setting darkroom.trash_days, 30 days).';
