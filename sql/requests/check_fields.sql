-- A request is an object with known fields only: a misspelt field is refused, not ignored (this catches aspectRatio).
create or replace function darkroom.check_fields(p_request jsonb, p_known text[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_field text;
begin
  if p_request is null or jsonb_typeof(p_request) <> 'object' then
    perform darkroom.invalid('', 'The request is not a JSON object.');
  end if;
  select k.field into v_field
  from jsonb_object_keys(p_request) as k (field)
  where not (k.field = any (p_known))
  order by k.field
  limit 1;
  if found then
    perform darkroom.invalid('/' || v_field, format('The field "%s" is unknown here.', v_field),
      'Known fields: ' || array_to_string(p_known, ', ') || '.');
  end if;
end
$$;
comment on function darkroom.check_fields(jsonb, text[]) is 'Refuses a request that is not an object of known fields.';
