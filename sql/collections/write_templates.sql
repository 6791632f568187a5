-- The templates of a collection become these: those named by id are changed in place, those without are new, those left
-- out are gone. Ids stay, so the items of earlier batches go on naming the template they were made from.
-- Lock order: the caller holds the user's mutex. Writes: templates. Called by: create_collection, update_collection.
create or replace function darkroom.write_templates(p_user uuid, p_collection uuid, p_templates jsonb) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  delete from darkroom.templates as t
  where t.user_id = p_user and t.collection_id = p_collection
    and not exists (
      select from jsonb_array_elements(p_templates) as w (item) where (w.item ->> 'id')::uuid = t.id);
  insert into darkroom.templates as t (user_id, id, collection_id, position, name, prompt)
  select
    p_user, coalesce((w.item ->> 'id')::uuid, darkroom.uuid7()), p_collection, w.place - 1, btrim(w.item ->> 'name'),
    w.item ->> 'prompt'
  from jsonb_array_elements(p_templates) with ordinality as w (item, place)
  on conflict (user_id, id) do update
  set position = excluded.position, name = excluded.name, prompt = excluded.prompt;
end
$$;
comment on function darkroom.write_templates(uuid, uuid, jsonb) is 'Makes these the templates of a collection of a locked user, keeping ids.';
