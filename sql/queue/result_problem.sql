-- Why a result cannot be taken, or null. A caption is words; an image has a place in storage and sound numbers. What is
-- looked at several times is taken out by the caller, since this is inlined and a parameter is then written out each time.
-- Hexadecimal digits are trimmed from bytes: on text, of characters, it costs eight times as much, and half of all this.
-- (Stable, as convert_to is: declared immutable, it could not be inlined.)
drop function if exists darkroom.result_problem(text, jsonb);  -- it looked for the numbers itself
create or replace function darkroom.result_problem(
  p_kind text,
  p_result jsonb,
  p_width jsonb,
  p_height jsonb,
  p_bytes jsonb,
  p_duration_ms jsonb,
  p_seed jsonb,
  p_sha256 text
) returns text
  language sql
  stable
  parallel safe
as $$
  select case
    when coalesce(jsonb_typeof(p_result), '') <> 'object' then 'it is not an object'
    when darkroom.is_whole(p_duration_ms, 0, 1000000000) is false then 'duration_ms is not a time'
    when jsonb_typeof(p_result -> 'provider_cost') not in ('number', 'null') then 'provider_cost is not a number'
    when p_kind = 'caption' then
      case when coalesce(jsonb_typeof(p_result -> 'caption'), '') <> 'string' or btrim(p_result ->> 'caption') = ''
        then 'caption is missing' end
    when coalesce(jsonb_typeof(p_result -> 'object_key'), '') <> 'string' or p_result ->> 'object_key' = ''
      then 'object_key is missing'
    when darkroom.is_whole(p_width, 1, 1000000) is false
      or darkroom.is_whole(p_height, 1, 1000000) is false
      or (coalesce(p_width, 'null') = 'null') <> (coalesce(p_height, 'null') = 'null')
      then 'width and height are not pixels'
    when darkroom.is_whole(p_bytes, 0, 1000000000000) is false then 'bytes is not a size'
    when darkroom.is_whole(p_seed, -9007199254740991, 9007199254740991) is false then 'seed is not a whole number'
    when length(p_sha256) <> 64 or ltrim(convert_to(p_sha256, 'UTF8'), '0123456789abcdef') <> ''
      then 'sha256 is not 64 hexadecimal digits'
  end
$$;
comment on function darkroom.result_problem(text, jsonb, jsonb, jsonb, jsonb, jsonb, jsonb, text) is 'What is wrong with a job''s result, or null.';
