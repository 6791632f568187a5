-- What a purge changed on things that stay: a client lays events over what it has, so each of them is announced.
-- Read after the purge; what went with it is not there any more and drops out.
create or replace function darkroom.changed_events(p_user uuid, p_generations uuid[], p_images uuid[], p_conversations uuid[])
  returns darkroom.new_event[]
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select darkroom.generation_events(p_user, 'generation.updated', p_generations)
    || darkroom.image_events(p_user, 'image.updated', p_images)
    || darkroom.conversation_events(p_user, 'conversation.updated', p_conversations)
$$;
comment on function darkroom.changed_events(uuid, uuid[], uuid[], uuid[]) is 'updated events for those of these things of a user that still exist.';
