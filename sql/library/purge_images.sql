-- Single images for good. The generation keeps its count of completed slots, and the ledger what was paid. The job keeps
-- its row without the image's traces: {"purged": true} in its result is how wrong_counts can tell a purged image from a
-- lost one.
-- Lock order: the caller holds the user's mutex. Writes: jobs, events, the head's storage_bytes, and what drop_images
-- writes. Called by: apply_to_library, purge_trash.
create or replace function darkroom.purge_images(p_user uuid, p_ids uuid[]) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set jit = off
as $$
declare
  v_ids uuid[];
  v_events darkroom.new_event[];
  v_dropped record;
begin
  select array_agg(i.id) into v_ids
  from darkroom.images as i
  where i.user_id = p_user and i.id = any (p_ids) and i.deleted_at is not null;
  if v_ids is null then
    return 0;
  end if;
  v_events := darkroom.image_events(p_user, 'image.purged', v_ids);

  update darkroom.jobs as j
  set
    image_id = null,
    result = jsonb_strip_nulls(jsonb_build_object('purged', true, 'duration_ms', j.result -> 'duration_ms'))
  from darkroom.images as i
  where i.user_id = p_user and i.id = any (v_ids)
    and j.user_id = p_user and j.generation_id = i.generation_id and j.id = i.job_id;
  v_dropped := darkroom.drop_images(p_user, v_ids);

  perform darkroom.append_events(
    v_events || darkroom.changed_events(p_user, v_dropped.changed_generations, v_dropped.changed_images,
      v_dropped.changed_conversations),
    array[row(p_user, 0, 0, 0, -v_dropped.freed_bytes)::darkroom.head_change]);
  return cardinality(v_ids);
end
$$;
comment on function darkroom.purge_images(uuid, uuid[]) is 'Deletes those of these images of a locked user that are in the trash for good; answers how many.';
