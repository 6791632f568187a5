-- Who the connection acts for. Row-level policies and every client function ask this and nothing else.
-- Without the setting it is null, and null equals no row.
create or replace function darkroom.current_user_id() returns uuid
  language sql
  stable
  parallel safe
as $$
  select nullif(pg_catalog.current_setting('darkroom.user_id', true), '')::pg_catalog.uuid
$$;
comment on function darkroom.current_user_id() is 'The user set by darkroom.user_id, or null.';
