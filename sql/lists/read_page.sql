-- What every list begins with: the filter checked against the fields the list knows, the page size, and the cursor
-- opened. Values may be JSON's or text, as they stand in a query string; null is absent. p_fields gives each field its
-- kind: uuid, flag, time, text, or the array of the words it can be.
--
-- A cursor is the base64 of {"key": the sort key of the last row seen, "seal": …}. The seal is a digest over a secret of
-- this database, the user, the list, the filter with its sort, and the key: a cursor that was edited, made up, or carried
-- to another list, filter or user, is a 422, so lists may trust the key. (And would show nothing but the user's own rows.)
-- Called by: the list_ functions.
create or replace function darkroom.read_page(p_user uuid, p_list text, p_filter jsonb, p_fields jsonb)
  returns table (filter jsonb, page_limit integer, after jsonb, binding text)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_given jsonb := coalesce(nullif(p_filter, 'null'), '{}');
  v_field text;
  v_kind jsonb;
  v_text text;
  v_cursor jsonb;
begin
  perform darkroom.check_fields(v_given,
    array['limit', 'cursor'] || array(select f.field from jsonb_object_keys(p_fields) as f (field) order by f.field));
  v_given := jsonb_strip_nulls(v_given);

  for v_field, v_kind in select f.key, f.value from jsonb_each(p_fields) as f loop
    if v_given ? v_field then
      v_text := v_given ->> v_field;
      if jsonb_typeof(v_given -> v_field) in ('object', 'array') then
        perform darkroom.invalid('/' || v_field, format('"%s" takes one value.', v_field));
      end if;
      if jsonb_typeof(v_kind) = 'array' then
        if not v_kind ? v_text then
          perform darkroom.invalid('/' || v_field, format('"%s" cannot be "%s".', v_field, left(v_text, 100)),
            'It can be: ' || array_to_string(array(select w from jsonb_array_elements_text(v_kind) as w), ', ') || '.');
        end if;
      elsif v_kind = '"uuid"' then
        perform darkroom.uuid_field(v_given, v_field);
      elsif v_kind = '"flag"' then
        if v_text not in ('true', 'false') then
          perform darkroom.invalid('/' || v_field, format('"%s" is true or false.', v_field));
        end if;
      elsif v_kind = '"time"' then
        perform darkroom.read_time(v_given, v_field);
      elsif length(v_text) > 1000 then
        perform darkroom.invalid('/' || v_field, format('"%s" is longer than 1,000 characters.', v_field));
      end if;
    end if;
  end loop;

  v_text := coalesce(v_given ->> 'limit', '50');
  if v_text !~ '^[0-9]{1,3}$' or v_text::integer not between 1 and 200 then
    perform darkroom.invalid('/limit', 'A page holds 1 to 200 items.');
  end if;
  page_limit := v_text::integer;
  filter := v_given - 'limit' - 'cursor';
  binding := md5(
    (select c.secret from darkroom.cursor_secret as c)::text || ' ' || p_user::text || ' ' || p_list || ' ' || filter::text);

  if v_given ? 'cursor' then
    begin
      v_text := translate(v_given ->> 'cursor', '-_', '+/');
      v_cursor := convert_from(decode(rpad(v_text, (length(v_text) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::jsonb;
    exception
      when data_exception or program_limit_exceeded then v_cursor := null;
    end;
    if v_cursor ->> 'seal' is null or (v_cursor ->> 'seal' = md5(binding || (v_cursor -> 'key')::text)) is not true then
      perform darkroom.invalid('/cursor', 'This cursor does not belong to this list with this filter and sort.',
        'Take next_cursor from the last answer, and change nothing else of the request.');
    end if;
    after := v_cursor -> 'key';
  end if;
  return next;
end
$$;
comment on function darkroom.read_page(uuid, text, jsonb, jsonb) is
  'Checks a list''s filter, limit and cursor: the clean filter, the page size, the sort key to go on after, and what new cursors are bound to.';
