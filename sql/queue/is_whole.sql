-- Whether a JSON value is a whole number in a range; null where there is none. Without a regular expression: this runs
-- for every result of every job.
create or replace function darkroom.is_whole(p_value jsonb, p_least bigint, p_most bigint) returns boolean
  language sql
  immutable
  parallel safe
as $$
  select case jsonb_typeof(p_value)
    when 'null' then null
    when 'number' then p_value::numeric between p_least and p_most and min_scale(p_value::numeric) = 0
    else p_value is null
  end
$$;
comment on function darkroom.is_whole(jsonb, bigint, bigint) is 'Whether a JSON value is a whole number in a range; null for none.';
