-- Single images into the trash. Their generation goes on without them: its slots stay completed, its card shows fewer
-- images. An image of a generation that is itself in the trash is counted by no card, so none changes.
-- Lock order: the caller holds the user's mutex. Writes: images, history_cards, events. Called by: apply_to_library.
create or replace function darkroom.trash_images(p_user uuid, p_ids uuid[], p_at timestamptz) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_trashed uuid[];
begin
  with trashed as (
    update darkroom.images as i
    set deleted_at = p_at
    where i.user_id = p_user and i.id = any (p_ids) and i.deleted_at is null
    returning i.id, i.generation_id
  ),
  cards as (
    update darkroom.history_cards as k
    set image_count = k.image_count - t.images
    from (
      select g.card_id, count(*) as images
      from trashed as t
      join darkroom.generations as g on g.user_id = p_user and g.id = t.generation_id
      where g.deleted_at is null
      group by g.card_id
    ) as t
    where k.user_id = p_user and k.id = t.card_id
  )
  select array_agg(t.id) into v_trashed from trashed as t;

  if v_trashed is not null then
    perform darkroom.append_events(
      darkroom.image_events(p_user, 'image.deleted', v_trashed) || darkroom.source_events(p_user, v_trashed));
  end if;
end
$$;
comment on function darkroom.trash_images(uuid, uuid[], timestamptz) is 'Puts those of these images of a locked user that are live into the trash.';
