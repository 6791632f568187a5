-- Which database this is, in a word that says nothing else of it: so that somebody who reaches both an API and a
-- database can tell whether they belong together. A replica has its primary's; every other database has its own.
-- Called by: the API, operators.
create or replace function darkroom.instance_id() returns text
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select md5(c.system_identifier::text || '/' || d.oid::text)
  from pg_control_system() as c
  cross join pg_database as d
  where d.datname = current_database()
$$;
comment on function darkroom.instance_id() is 'Tells this database apart from every other one; equal on its replicas.';
