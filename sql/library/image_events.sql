-- The same for images: an event names the job, generation, card, batch, conversation and project of its image too, so
-- that filters of clients see it and the objects around it arrive with it.
create or replace function darkroom.image_events(p_user uuid, p_kind text, p_ids uuid[])
  returns darkroom.new_event[]
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(row(
    p_user, p_kind, g.id, g.card_id, i.job_id, i.id, g.batch_id, g.conversation_id, g.project_id, null,
    null)::darkroom.new_event order by i.id), '{}')
  from darkroom.images as i
  join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
  where i.user_id = p_user and i.id = any (p_ids)
$$;
comment on function darkroom.image_events(uuid, text, uuid[]) is 'An event of this kind for each of these images of a user.';
