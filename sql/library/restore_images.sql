-- Single images out of the trash.
-- Lock order: the caller holds the user's mutex. Writes: images, history_cards, events. Called by: apply_to_library.
create or replace function darkroom.restore_images(p_user uuid, p_ids uuid[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_restored uuid[];
begin
  with restored as (
    update darkroom.images as i
    set deleted_at = null
    where i.user_id = p_user and i.id = any (p_ids) and i.deleted_at is not null
    returning i.id, i.generation_id
  ),
  cards as (
    update darkroom.history_cards as k
    set image_count = k.image_count + r.images
    from (
      select g.card_id, count(*) as images
      from restored as r
      join darkroom.generations as g on g.user_id = p_user and g.id = r.generation_id
      where g.deleted_at is null
      group by g.card_id
    ) as r
    where k.user_id = p_user and k.id = r.card_id
  )
  select array_agg(r.id) into v_restored from restored as r;

  if v_restored is not null then
    perform darkroom.append_events(
      darkroom.image_events(p_user, 'image.restored', v_restored) || darkroom.source_events(p_user, v_restored));
  end if;
end
$$;
comment on function darkroom.restore_images(uuid, uuid[]) is 'Takes those of these images of a locked user that are in the trash out of it.';
