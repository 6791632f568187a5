-- Multi-select: one action on up to 200 things [{kind, id}], each with an outcome of its own. A mistake in one item is
-- that item's outcome; only a request that makes no sense at all is refused.
--   view, cancel              generations
--   delete                    generations, images, conversations, cards
--   restore, purge            generations, images, conversations
--   favourite, unfavourite    images
-- Lock order: the user's mutex first. Writes: what apply_to_library writes. Called by: clients.
create or replace function darkroom.bulk(p_action text, p_items jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_outcomes jsonb;
  v_succeeded integer;
begin
  if p_action is null or p_action not in ('view', 'delete', 'restore', 'purge', 'cancel', 'favourite', 'unfavourite') then
    perform darkroom.invalid('/action', format('"%s" is no action.', left(p_action, 50)),
      'Use view, delete, restore, purge, cancel, favourite or unfavourite.');
  end if;
  if p_items is null or jsonb_typeof(p_items) <> 'array' or jsonb_array_length(p_items) not between 1 and 200 then
    perform darkroom.invalid('/items', '"items" is a list of 1 to 200 things.', 'Send [{"kind": …, "id": …}, …].');
  end if;
  v_outcomes := darkroom.apply_to_library(v_user, p_action, p_items);
  select count(*) filter (where (o.outcome -> 'ok')::boolean) into v_succeeded
  from jsonb_array_elements(v_outcomes) as o (outcome);
  return jsonb_build_object(
    'items', v_outcomes, 'succeeded', v_succeeded, 'failed', jsonb_array_length(v_outcomes) - v_succeeded);
end
$$;
comment on function darkroom.bulk(text, jsonb) is 'One action on up to 200 things, each by itself: {items: [{kind, id, ok, error}], succeeded, failed}.';
