-- The schema, its roles, and the two helpers that tables need for their defaults.
-- depends:

do $$
begin
  if current_setting('server_version_num')::int < 150000 then
    raise exception 'Darkroom needs PostgreSQL 15 or newer, this is %', current_setting('server_version');
  end if;
end
$$;

create schema darkroom;
comment on schema darkroom is 'Everything Darkroom knows and every rule it follows.';

create schema report;
comment on schema report is 'A stable contract for people who write SQL reports: views only, no secrets.';

-- Roles belong to the cluster, not to the database: they may exist already, and two databases may be migrated at once.
-- Who may not make roles can migrate where an administrator made them before.
do $$
declare
  v_role text;
begin
  foreach v_role in array array['darkroom_api', 'darkroom_worker', 'darkroom_report', 'darkroom_operator'] loop
    continue when exists (select from pg_catalog.pg_roles as r where r.rolname = v_role);
    begin
      execute format('create role %I nologin', v_role);
    exception
      when duplicate_object or unique_violation then null;
    end;
  end loop;
end
$$;

-- Ids sort by the time they were made, so the newest rows of a user lie side by side in the primary key.
-- Postgres 18 has this built in; before, the head of a random uuid is replaced by the time in 1/4096 milliseconds, with
-- the version between the milliseconds and their fraction. Without the fraction the items of a batch, which are made
-- within one, would lie in any order.
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create function darkroom.uuid7() returns uuid
      language sql volatile parallel safe
      as 'select pg_catalog.uuidv7()';
  else
    create function darkroom.uuid7() returns uuid
      language sql volatile parallel safe
      as $body$
        select (
          overlay(lpad(to_hex((extract(epoch from clock_timestamp()) * 4096000)::bigint), 15, '0') placing '7' from 13 for 0)
          || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid
      $body$;
  end if;
end
$$;
comment on function darkroom.uuid7() is 'A new uuid of version 7: sorts by the millisecond it was made in.';

create table darkroom.schema_code (
  singleton boolean primary key default true,
  bundle_hash text not null,
  loaded_at timestamptz not null default now(),
  constraint schema_code_one_row check (singleton)
);
comment on table darkroom.schema_code is 'Which bundle of sql/ this database runs. Processes compare it with their own and refuse to start on a mismatch.';
