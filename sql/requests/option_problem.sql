-- What is wrong with an option by its JSON schema (type, enum, minimum, maximum), or null.
create or replace function darkroom.option_problem(p_schema jsonb, p_value jsonb) returns text
  language sql
  immutable
  parallel safe
as $$
  select case
    when p_schema ->> 'type' = 'integer' and (jsonb_typeof(p_value) <> 'number' or (p_value #>> '{}') !~ '^-?\d+$')
      then 'is not a whole number'
    when p_schema ->> 'type' not in ('integer') and p_schema ->> 'type' <> jsonb_typeof(p_value)
      then format('is not of type %s', p_schema ->> 'type')
    when p_schema ? 'enum' and not (p_schema -> 'enum') @> jsonb_build_array(p_value)
      then format('is none of %s', p_schema -> 'enum')
    when jsonb_typeof(p_value) = 'number' and (p_value #>> '{}')::numeric < (p_schema ->> 'minimum')::numeric
      then format('is below %s', p_schema ->> 'minimum')
    when jsonb_typeof(p_value) = 'number' and (p_value #>> '{}')::numeric > (p_schema ->> 'maximum')::numeric
      then format('is above %s', p_schema ->> 'maximum')
  end
$$;
comment on function darkroom.option_problem(jsonb, jsonb) is 'What is wrong with an option''s value by its schema, or null.';
