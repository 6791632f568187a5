-- Into the trash. What is unfinished is cancelled first (waiting jobs are refunded, running ones told to stop), so in the
-- trash everything is at rest. Cards count what is live, so they lose what these contributed; a card with nothing live
-- is not listed, but keeps its place for a restore. One moment for all of one call: what was thrown away together is
-- known as such (restore_conversations).
-- Lock order: the caller holds the user's mutex. Writes: generations, history_cards, events, the head's unviewed_count, and
-- what cancel_generations writes. Called by: apply_to_library, trash_conversations, purge_conversations.
create or replace function darkroom.trash_generations(p_user uuid, p_ids uuid[], p_at timestamptz) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_unfinished uuid[];
  v_trashed uuid[];
  v_unviewed integer;
begin
  select array_agg(g.id) into v_unfinished
  from darkroom.generations as g
  where g.user_id = p_user and g.id = any (p_ids) and g.deleted_at is null and g.finished_at is null;
  if v_unfinished is not null then
    perform darkroom.cancel_generations(p_user, v_unfinished);
  end if;

  with leaving as materialized (
    select
      g.id, g.card_id, g.credits_used, g.finished_at is null as active, g.attention and g.finished_at is not null as unviewed,
      (select count(*) from darkroom.images as i
       where i.user_id = p_user and i.generation_id = g.id and i.deleted_at is null) as images
    from darkroom.generations as g
    where g.user_id = p_user and g.id = any (p_ids) and g.deleted_at is null
  ),
  trashed as (
    update darkroom.generations as g
    set deleted_at = p_at
    from leaving as l
    where g.user_id = p_user and g.id = l.id
  ),
  cards as (
    update darkroom.history_cards as k
    set
      generation_count = k.generation_count - l.generations,
      active_count = k.active_count - l.active,
      image_count = k.image_count - l.images,
      credits_used = k.credits_used - l.credits_used
    from (
      select l.card_id, count(*) as generations, count(*) filter (where l.active) as active, sum(l.images) as images,
        sum(l.credits_used) as credits_used
      from leaving as l
      group by l.card_id
    ) as l
    where k.user_id = p_user and k.id = l.card_id
  )
  select array_agg(l.id), count(*) filter (where l.unviewed) into v_trashed, v_unviewed from leaving as l;

  if v_trashed is not null then
    perform darkroom.append_events(
      darkroom.generation_events(p_user, 'generation.deleted', v_trashed),
      array[row(p_user, 0, -v_unviewed, 0, 0)::darkroom.head_change]);
  end if;
end
$$;
comment on function darkroom.trash_generations(uuid, uuid[], timestamptz) is 'Puts those of these generations of a locked user that are live into the trash, cancelling what is unfinished.';
