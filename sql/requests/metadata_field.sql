-- What a client hangs on an object for its own use: at most 16 pairs of strings.
create or replace function darkroom.metadata_field(p_request jsonb) returns jsonb
  language plpgsql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_metadata jsonb := nullif(p_request -> 'metadata', 'null');
begin
  if v_metadata is null then
    return '{}';
  end if;
  if jsonb_typeof(v_metadata) <> 'object' then
    perform darkroom.invalid('/metadata', '"metadata" is not an object.');
  end if;
  if (select count(*) > 16 or bool_or(jsonb_typeof(m.value) <> 'string' or length(m.key) > 64 or length(m.value #>> '{}') > 500)
      from jsonb_each(v_metadata) as m)
  then
    perform darkroom.invalid('/metadata', '"metadata" holds at most 16 strings, with keys of 64 and values of 500 characters at most.');
  end if;
  return v_metadata;
end
$$;
comment on function darkroom.metadata_field(jsonb) is 'The metadata of a request, checked; {} when absent.';
