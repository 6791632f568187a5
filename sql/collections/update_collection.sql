-- PATCH of a collection: its name, metadata, and its templates as a whole, in the wanted order; null is as good as left
-- out, [] is none. Batches made from it keep the names of their day.
-- Lock order: the user's mutex first. Writes: collections, templates, events. Called by: clients.
create or replace function darkroom.update_collection(p_id uuid, p_changes jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_collection darkroom.collections;
begin
  perform darkroom.check_fields(p_changes, array['name', 'templates', 'metadata']);
  select c.* into v_collection from darkroom.collections as c where c.user_id = v_user and c.id = p_id;
  if not found then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such collection.');
  end if;
  if p_changes ? 'name' then
    v_collection.name := btrim(darkroom.text_field(p_changes, 'name', 200, true));
  end if;
  if jsonb_strip_nulls(p_changes) = '{}' then
    return jsonb_build_object('collection', darkroom.collection_object(v_user, p_id));
  end if;
  if nullif(p_changes -> 'metadata', 'null') is not null then
    v_collection.metadata := darkroom.metadata_field(p_changes);
  end if;
  if nullif(p_changes -> 'templates', 'null') is not null then
    perform darkroom.write_templates(v_user, p_id, darkroom.template_fields(p_changes, array(
      select t.id from darkroom.templates as t where t.user_id = v_user and t.collection_id = p_id)));
  end if;
  update darkroom.collections as c
  set name = v_collection.name, metadata = v_collection.metadata, updated_at = darkroom.clock()
  where c.user_id = v_user and c.id = p_id;
  perform darkroom.append_events(array[darkroom.collection_event(v_user, p_id, 'updated')]);
  return jsonb_build_object('collection', darkroom.collection_object(v_user, p_id));
end
$$;
comment on function darkroom.update_collection(uuid, jsonb) is 'Changes name, templates (ids stay) or metadata of a collection: {collection}.';
