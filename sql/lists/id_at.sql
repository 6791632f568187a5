-- The smallest id that can have been made at a moment: ids begin with 48 bits of milliseconds. Strict, since greatest()
-- would make something of nothing.
create or replace function darkroom.id_at(p_at timestamptz) returns uuid
  language sql
  immutable
  strict
  parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select rpad(lpad(to_hex(least(greatest((extract(epoch from p_at) * 1000)::bigint, 0), 281474976710655)), 12, '0'), 32, '0')::uuid
$$;
comment on function darkroom.id_at(timestamptz) is 'The smallest id of a moment; null for null.';
