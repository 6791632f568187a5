-- A list of ids of a request, each once, or an empty one when it is absent. Whether they exist is the caller's question.
create or replace function darkroom.ids_field(p_request jsonb, p_field text, p_most integer) returns uuid[]
  language plpgsql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_ids jsonb := nullif(p_request -> p_field, 'null');
  v_bad bigint;
begin
  if v_ids is null then
    return '{}';
  end if;
  if jsonb_typeof(v_ids) <> 'array' or jsonb_array_length(v_ids) > p_most then
    perform darkroom.invalid('/' || p_field, format('"%s" is a list of at most %s ids.', p_field, p_most));
  end if;
  select i.place - 1 into v_bad
  from jsonb_array_elements(v_ids) with ordinality as i (id, place)
  where jsonb_typeof(i.id) <> 'string' or i.id #>> '{}' !~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
  limit 1;
  if found then
    perform darkroom.invalid(format('/%s/%s', p_field, v_bad), 'This is not an id.');
  end if;
  return array(select distinct i.id::uuid from jsonb_array_elements_text(v_ids) as i (id));
end
$$;
comment on function darkroom.ids_field(jsonb, text, integer) is 'A field of a request that lists ids, checked for their form; {} when absent.';
