-- Out of the trash, exactly as it went in: the card counts it again, and what had not been looked at is new again.
-- Lock order: the caller holds the user's mutex. Writes: generations, history_cards, events, the head's unviewed_count.
-- Called by: apply_to_library, restore_conversations.
create or replace function darkroom.restore_generations(p_user uuid, p_ids uuid[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_restored uuid[];
  v_unviewed integer;
begin
  with restored as (
    update darkroom.generations as g
    set deleted_at = null
    where g.user_id = p_user and g.id = any (p_ids) and g.deleted_at is not null
    returning g.id, g.card_id, g.credits_used, g.finished_at is null as active,
      g.attention and g.finished_at is not null as unviewed
  ),
  cards as (
    update darkroom.history_cards as k
    set
      generation_count = k.generation_count + r.generations,
      active_count = k.active_count + r.active,
      image_count = k.image_count + r.images,
      credits_used = k.credits_used + r.credits_used
    from (
      select r.card_id, count(*) as generations, count(*) filter (where r.active) as active, sum(r.credits_used) as credits_used,
        sum((select count(*) from darkroom.images as i
          where i.user_id = p_user and i.generation_id = r.id and i.deleted_at is null)) as images
      from restored as r
      group by r.card_id
    ) as r
    where k.user_id = p_user and k.id = r.card_id
  )
  select array_agg(r.id), count(*) filter (where r.unviewed) into v_restored, v_unviewed from restored as r;

  if v_restored is not null then
    perform darkroom.append_events(
      darkroom.generation_events(p_user, 'generation.restored', v_restored),
      array[row(p_user, 0, v_unviewed, 0, 0)::darkroom.head_change]);
  end if;
end
$$;
comment on function darkroom.restore_generations(uuid, uuid[]) is 'Takes those of these generations of a locked user that are in the trash out of it.';
