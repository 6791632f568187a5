-- There is one kind of event for a collection; what happened to it stands in the detail.
create or replace function darkroom.collection_event(p_user uuid, p_id uuid, p_change text) returns darkroom.new_event
  language sql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
  select row(p_user, 'collection.updated', null, null, null, null, null, null, null, p_id,
    jsonb_build_object('change', p_change))::darkroom.new_event
$$;
comment on function darkroom.collection_event(uuid, uuid, text) is 'The event of a collection that was created, updated or deleted.';
