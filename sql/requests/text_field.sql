-- A string of a request, trimmed of nothing, or null when it is absent. Blank, which is_blank tells, counts as absent
-- where it is optional and is refused where it is not.
create or replace function darkroom.text_field(p_request jsonb, p_field text, p_longest integer, p_required boolean default false)
  returns text
  language plpgsql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_text text := p_request ->> p_field;
begin
  if v_text is not null and jsonb_typeof(p_request -> p_field) <> 'string' then
    perform darkroom.invalid('/' || p_field, format('"%s" is not a string.', p_field));
  end if;
  if length(v_text) > p_longest then
    perform darkroom.invalid('/' || p_field, format('"%s" has %s characters; %s are allowed.', p_field, length(v_text), p_longest));
  end if;
  if v_text is null or darkroom.is_blank(v_text) then
    if p_required then
      perform darkroom.invalid('/' || p_field, format('"%s" is missing or blank.', p_field));
    end if;
    return null;
  end if;
  return v_text;
end
$$;
comment on function darkroom.text_field(jsonb, text, integer, boolean) is 'A string field of a request, checked; null when absent or blank.';
