-- A true or false of a request; absent is false.
create or replace function darkroom.flag_field(p_request jsonb, p_field text) returns boolean
  language plpgsql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_request ->> p_field is not null and jsonb_typeof(p_request -> p_field) <> 'boolean' then
    perform darkroom.invalid('/' || p_field, format('"%s" is true or false.', p_field));
  end if;
  return coalesce((p_request ->> p_field)::boolean, false);
end
$$;
comment on function darkroom.flag_field(jsonb, text) is 'A boolean field of a request, checked; false when absent.';
