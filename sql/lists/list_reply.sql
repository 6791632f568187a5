-- What every list ends with. Lists look up one row more than the page holds: if it is there, a cursor leads on from the
-- last row that is shown.
-- Called by: the list_ functions.
create or replace function darkroom.list_reply(
  p_user uuid, p_items jsonb, p_found integer, p_limit integer, p_binding text, p_last_key jsonb
) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_cursor text;
begin
  if p_found > p_limit then
    v_cursor := translate(encode(convert_to(
      jsonb_build_object('key', p_last_key, 'seal', md5(p_binding || p_last_key::text))::text, 'UTF8'), 'base64'), E'+/=\n', '-_');
  end if;
  return jsonb_build_object('items', coalesce(p_items, '[]'), 'next_cursor', v_cursor, 'seq', darkroom.head_seq(p_user));
end
$$;
comment on function darkroom.list_reply(uuid, jsonb, integer, integer, text, jsonb) is
  'A page as clients see it: items, the cursor of the next page if there is one, and the user''s event number.';
