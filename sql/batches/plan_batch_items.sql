-- What a batch is made of: the templates of a collection, or the items of the request. Answers
-- {name, collection_id, collection_name, items: [{prompt, name, template_id, template_name}]}.
create or replace function darkroom.plan_batch_items(p_user uuid, p_request jsonb) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_name text := btrim(darkroom.text_field(p_request, 'name', 200));
  v_collection darkroom.collections;
  v_wanted jsonb := nullif(p_request -> 'items', 'null');
  v_item jsonb;
  v_place integer := 0;
  v_items jsonb := '[]';
begin
  if (p_request ->> 'collection_id' is null) = (v_wanted is null) then
    perform darkroom.invalid('/items', 'A batch has either a collection_id or items.');
  end if;
  if v_wanted is null then
    select c.* into v_collection
    from darkroom.collections as c
    where c.user_id = p_user and c.id = darkroom.uuid_field(p_request, 'collection_id');
    if not found then
      perform darkroom.refuse('DR404', 'not-found', 'There is no such collection.', '', '/collection_id');
    end if;
    select coalesce(jsonb_agg(jsonb_build_object(
      'prompt', t.prompt, 'name', left(v_collection.name || ' - ' || t.name, 400), 'template_id', t.id, 'template_name', t.name
    ) order by t.position, t.id), '[]')
    into v_items
    from darkroom.templates as t
    where t.user_id = p_user and t.collection_id = v_collection.id;
    if v_items = '[]' then
      perform darkroom.invalid('/collection_id', 'This collection has no templates.');
    end if;
  else
    if jsonb_typeof(v_wanted) <> 'array' or jsonb_array_length(v_wanted) not between 1 and 1000 then
      perform darkroom.invalid('/items', '"items" is a list of 1 to 1000 prompts.');
    end if;
    for v_item in select i.item from jsonb_array_elements(v_wanted) as i (item) loop
      if jsonb_typeof(v_item) <> 'object'
        or exists (select from jsonb_object_keys(v_item) as k (field) where k.field not in ('name', 'prompt'))
        or coalesce(jsonb_typeof(v_item -> 'prompt') <> 'string', true)
        or darkroom.is_blank(v_item ->> 'prompt') or length(v_item ->> 'prompt') > 32000
        or coalesce(jsonb_typeof(v_item -> 'name') not in ('string', 'null'), false) or length(v_item ->> 'name') > 200
      then
        perform darkroom.invalid('/items/' || v_place, 'An item is {"name": …, "prompt": …} with a prompt of 1 to 32000 characters, not all of them blank.');
      end if;
      v_place := v_place + 1;
    end loop;
    select jsonb_agg(jsonb_build_object(
      'prompt', i.item ->> 'prompt',
      'name', nullif(concat_ws(' - ', v_name, n.name), ''),
      'template_name', n.name) order by i.place)
    into v_items
    from jsonb_array_elements(v_wanted) with ordinality as i (item, place)
    cross join lateral (
      select case when not darkroom.is_blank(i.item ->> 'name') then btrim(i.item ->> 'name') end as name
    ) as n;
  end if;
  return jsonb_build_object(
    'name', coalesce(v_name, v_collection.name, 'Batch'),
    'collection_id', v_collection.id,
    'collection_name', v_collection.name,
    'items', v_items);
end
$$;
comment on function darkroom.plan_batch_items(uuid, jsonb) is 'The items of a batch request, checked: {name, collection_id, collection_name, items}.';
