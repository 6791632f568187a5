-- An edit joined its source's card when it was asked for. If by its first image nothing live is left there but edits
-- in flight (the source went to the trash meanwhile), the result gets a card of its own: nothing is lost, and nothing
-- hangs on a card that its owner threw away.
-- Writes: history_cards, generations, events. Called by: save_completed_generation_to_history.
create or replace function darkroom.leave_abandoned_card(p_user uuid, p_generation uuid) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_generation darkroom.generations;
  v_card uuid := darkroom.uuid7();
begin
  select g.* into v_generation
  from darkroom.generations as g
  where g.user_id = p_user and g.id = p_generation;

  if exists (
    select
    from darkroom.generations as g
    where g.user_id = p_user
      and g.card_id = v_generation.card_id
      and g.id <> p_generation
      and g.deleted_at is null
      and (g.category <> 'edit' or g.finished_at is not null)
  ) then
    return;
  end if;
  -- Alone on a card that never had anything else, or that lost it for good: the card is its own already.
  if not exists (
    select from darkroom.generations as g
    where g.user_id = p_user and g.card_id = v_generation.card_id and g.id <> p_generation
  ) then
    return;
  end if;

  insert into darkroom.history_cards
    (user_id, id, project_id, title, generation_count, active_count, image_count, credits_used, last_activity_at)
  values
    (p_user, v_card, v_generation.project_id, darkroom.card_title(v_generation.name, v_generation.prompt), 1,
     (v_generation.finished_at is null)::integer, v_generation.completed, v_generation.credits_used, darkroom.clock());
  update darkroom.generations as g
  set card_id = v_card
  where g.user_id = p_user and g.id = p_generation;
  update darkroom.history_cards as k
  set
    generation_count = k.generation_count - 1,
    active_count = k.active_count - (v_generation.finished_at is null)::integer,
    image_count = k.image_count - v_generation.completed,
    credits_used = k.credits_used - v_generation.credits_used
  where k.user_id = p_user and k.id = v_generation.card_id;
  -- The events of the job that follow name the new card; whoever shows the old one must hear of it too.
  perform darkroom.append_events(array[row(
    p_user, 'generation.updated', p_generation, v_generation.card_id, null, null, v_generation.batch_id,
    v_generation.conversation_id, v_generation.project_id, null, null)::darkroom.new_event]);
end
$$;
comment on function darkroom.leave_abandoned_card(uuid, uuid) is
  'Gives an edit a card of its own if nothing live but edits in flight is left on the one it joined.';
