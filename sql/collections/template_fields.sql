-- The templates of a collection request, checked, in order: [{id, name, prompt}], with id null where it is a new one.
-- p_known are the ids that the collection has: a template is kept by naming its id, and nobody else's can be.
-- Called by: create_collection, update_collection.
create or replace function darkroom.template_fields(p_request jsonb, p_known uuid[]) returns jsonb
  language plpgsql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_templates jsonb := coalesce(nullif(p_request -> 'templates', 'null'), '[]');
  v_bad record;
begin
  if jsonb_typeof(v_templates) <> 'array' or jsonb_array_length(v_templates) > 1000 then
    perform darkroom.invalid('/templates', '"templates" is a list of at most 1000 templates.');
  end if;
  select t.place - 1 as place, t.item, t.item ->> 'id' as id into v_bad
  from jsonb_array_elements(v_templates) with ordinality as t (item, place)
  where case
    when jsonb_typeof(t.item) <> 'object' then true
    else
      exists (select from jsonb_object_keys(t.item) as k (field) where k.field not in ('id', 'name', 'prompt'))
      or coalesce(jsonb_typeof(t.item -> 'name'), '') <> 'string' or darkroom.is_blank(t.item ->> 'name')
      or length(t.item ->> 'name') > 200
      or coalesce(jsonb_typeof(t.item -> 'prompt'), '') <> 'string' or darkroom.is_blank(t.item ->> 'prompt')
      or length(t.item ->> 'prompt') > 32000
      or coalesce(jsonb_typeof(t.item -> 'id'), 'null') not in ('string', 'null')
      or t.item ->> 'id' !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
    end
  order by t.place
  limit 1;
  if found then
    perform darkroom.invalid('/templates/' || v_bad.place,
      'A template is {"name": …, "prompt": …} with a name of 1 to 200 and a prompt of 1 to 32000 characters, neither of them blank.',
      'Add the id of a template to keep or change it.');
  end if;

  select t.place - 1 as place, (t.item ->> 'id')::uuid as id, count(*) over (partition by (t.item ->> 'id')::uuid) > 1 as twice
  into v_bad
  from jsonb_array_elements(v_templates) with ordinality as t (item, place)
  where t.item ->> 'id' is not null
  order by (t.item ->> 'id')::uuid = any (p_known), 3 desc, 1
  limit 1;
  -- No row: no id was named. (null <> all of nothing is true.)
  if v_bad.id is not null and v_bad.id <> all (p_known) then
    perform darkroom.refuse('DR404', 'not-found', 'This collection has no such template.', 'Leave the id out to add a new one.',
      format('/templates/%s/id', v_bad.place));
  end if;
  if v_bad.twice then
    perform darkroom.invalid(format('/templates/%s/id', v_bad.place), 'A template is named twice.');
  end if;
  return v_templates;
end
$$;
comment on function darkroom.template_fields(jsonb, uuid[]) is 'The templates of a collection request, checked.';
