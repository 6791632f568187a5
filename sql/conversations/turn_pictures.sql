-- What a turn works from by itself: the live images of the latest turn that has some, selected first; else the image the
-- conversation started from. Null when neither is left.
create or replace function darkroom.turn_pictures(p_conversation darkroom.conversations) returns darkroom.images[]
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_turn darkroom.generations;
  v_images darkroom.images[];
begin
  select g.* into v_turn
  from darkroom.generations as g
  where g.user_id = p_conversation.user_id and g.conversation_id = p_conversation.id and g.deleted_at is null
    and exists (
      select from darkroom.images as i
      where i.user_id = g.user_id and i.generation_id = g.id and i.deleted_at is null)
  order by g.turn_index desc
  limit 1;
  if found then
    select array_agg(i.* order by i.id is distinct from v_turn.selected_image_id, i.slot, i.id) into v_images
    from darkroom.images as i
    where i.user_id = v_turn.user_id and i.generation_id = v_turn.id and i.deleted_at is null;
    return v_images;
  end if;
  select array_agg(i.*) into v_images
  from darkroom.images as i
  join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
  where i.user_id = p_conversation.user_id and i.id = p_conversation.source_image_id
    and i.deleted_at is null and g.deleted_at is null;
  return v_images;
end
$$;
comment on function darkroom.turn_pictures(darkroom.conversations) is 'The images that the next turn of a conversation works from.';
