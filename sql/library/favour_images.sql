-- Marks images as favourites, or no longer.
-- Lock order: the caller holds the user's mutex. Writes: images, events. Called by: apply_to_library, update_image.
create or replace function darkroom.favour_images(p_user uuid, p_ids uuid[], p_favourite boolean) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_changed uuid[];
begin
  with changed as (
    update darkroom.images as i
    set favourite = p_favourite
    where i.user_id = p_user and i.id = any (p_ids) and i.favourite <> p_favourite
    returning i.id
  )
  select array_agg(c.id) into v_changed from changed as c;
  if v_changed is not null then
    perform darkroom.append_events(
      darkroom.image_events(p_user, 'image.updated', v_changed) || darkroom.source_events(p_user, v_changed));
  end if;
end
$$;
comment on function darkroom.favour_images(uuid, uuid[], boolean) is 'Marks these images of a locked user as favourites, or no longer.';
