-- How every time leaves the database: RFC 3339 in UTC with milliseconds and Z, whatever the session's time zone and
-- date style are. Infinity is a rule's way of saying "not by itself", so clients see nothing.
-- Plain SQL without a pinned path, so that the planner inlines it.
create or replace function darkroom.json_time(p_at timestamptz) returns text
  language sql
  stable
  parallel safe
as $$
  select case when pg_catalog.isfinite(p_at)
    then pg_catalog.to_char(pg_catalog.timezone('UTC', p_at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end
$$;
comment on function darkroom.json_time(timestamptz) is 'A time as clients read it: RFC 3339, UTC, milliseconds; null for infinity.';
