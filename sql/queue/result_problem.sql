-- Why a result cannot be taken, or null. A caption is words; an image has a place in storage and sound numbers.
create or replace function darkroom.result_problem(p_kind text, p_result jsonb) returns text
  language sql
  immutable
  parallel safe
as $$
  select case
    when p_result is null or jsonb_typeof(p_result) <> 'object' then 'the result is not an object'
    when p_kind = 'caption' then
      case when coalesce(btrim(p_result ->> 'caption'), '') = '' or jsonb_typeof(p_result -> 'caption') <> 'string'
        then 'caption is missing' end
    when coalesce(p_result ->> 'object_key', '') = '' or jsonb_typeof(p_result -> 'object_key') <> 'string'
      then 'object_key is missing'
    when not (p_result ->> 'width') ~ '^[1-9]\d{0,6}$' or not (p_result ->> 'height') ~ '^[1-9]\d{0,6}$'
      or ((p_result ->> 'width') is null) <> ((p_result ->> 'height') is null) then 'width and height are not whole pixels'
    when not (p_result ->> 'bytes') ~ '^\d{1,15}$' then 'bytes is not a whole number'
    when not (p_result ->> 'duration_ms') ~ '^\d{1,9}$' then 'duration_ms is not a whole number'
    when not (p_result ->> 'seed') ~ '^-?\d{1,18}$' then 'seed is not a whole number'
    when not (p_result ->> 'sha256') ~ '^[0-9a-f]{64}$' then 'sha256 is not 64 hexadecimal digits'
    when jsonb_typeof(p_result -> 'provider_cost') not in ('number', 'null') then 'provider_cost is not a number'
  end
$$;
comment on function darkroom.result_problem(text, jsonb) is 'What is wrong with a job''s result, or null.';
