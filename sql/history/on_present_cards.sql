-- Events of generations that may have left their card since (leave_abandoned_card), naming the card they are on now.
-- Called by: save_completed_generation_to_history.
create or replace function darkroom.on_present_cards(p_events darkroom.new_event[]) returns darkroom.new_event[]
  language sql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
  select array_agg(row(
    e.user_id, e.kind, e.generation_id, g.card_id, e.job_id, e.image_id, e.batch_id, e.conversation_id, e.project_id,
    e.collection_id, e.detail)::darkroom.new_event order by e.position)
  from unnest(p_events) with ordinality as e (
    user_id, kind, generation_id, card_id, job_id, image_id, batch_id, conversation_id, project_id, collection_id, detail,
    position)
  join darkroom.generations as g on g.user_id = e.user_id and g.id = e.generation_id
$$;
comment on function darkroom.on_present_cards(darkroom.new_event[]) is 'These events of generations with the cards that the generations are on now.';
