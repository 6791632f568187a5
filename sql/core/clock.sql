-- The one clock of the rules. A test moves it with `set darkroom.clock_offset = '5 s'` instead of sleeping; time goes on
-- flowing from there. clock_timestamp(), not now(): a transaction that waited for a lock must not act in the past.
-- Plain SQL without a pinned path, so that the planner inlines it.
create or replace function darkroom.clock() returns timestamptz
  language sql
  volatile
  parallel safe
as $$
  select pg_catalog.clock_timestamp()
    + coalesce(nullif(pg_catalog.current_setting('darkroom.clock_offset', true), '')::pg_catalog.interval, '0')
$$;
comment on function darkroom.clock() is 'The present moment; moved by the setting darkroom.clock_offset in tests.';
