-- A whole number of a request within its range, or null when it is absent.
create or replace function darkroom.whole_field(p_request jsonb, p_field text, p_least bigint, p_most bigint) returns bigint
  language plpgsql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_text text := p_request ->> p_field;
begin
  if v_text is null then
    return null;
  end if;
  if jsonb_typeof(p_request -> p_field) <> 'number' or v_text !~ '^-?\d{1,18}$'
    or v_text::bigint not between p_least and p_most
  then
    perform darkroom.invalid('/' || p_field, format('"%s" is a whole number from %s to %s.', p_field, p_least, p_most));
  end if;
  return v_text::bigint;
end
$$;
comment on function darkroom.whole_field(jsonb, text, bigint, bigint) is 'A whole number field of a request, checked; null when absent.';
