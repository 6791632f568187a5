-- An id of a request, or null when it is absent. A malformed id is a 422; whether it exists is the caller's question.
create or replace function darkroom.uuid_field(p_request jsonb, p_field text) returns uuid
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
  if v_text !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
    perform darkroom.invalid('/' || p_field, format('"%s" is not an id.', p_field));
  end if;
  return v_text::uuid;
end
$$;
comment on function darkroom.uuid_field(jsonb, text) is 'An id field of a request, checked for its form; null when absent.';
