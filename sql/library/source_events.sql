-- A conversation shows the image it started from, so whatever happens to that image happens to it as well.
create or replace function darkroom.source_events(p_user uuid, p_images uuid[]) returns darkroom.new_event[]
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select darkroom.conversation_events(p_user, 'conversation.updated', array(
    select c.id
    from darkroom.conversations as c
    where c.user_id = p_user and c.source_image_id = any (p_images)))
$$;
comment on function darkroom.source_events(uuid, uuid[]) is 'conversation.updated for each conversation that started from one of these images of a user.';
