-- One more turn for a conversation that was found quiet, under the user's mutex.
-- Called by: add_turn, regenerate_generation.
create or replace function darkroom.enqueue_turn(p_conversation darkroom.conversations, p_request jsonb) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := p_conversation.user_id;
  v_id uuid := darkroom.uuid7();
  v_prompt text := darkroom.text_field(p_request, 'prompt', 32000, true);
  v_images darkroom.images[] := darkroom.turn_pictures(p_conversation);
  v_wanted jsonb := nullif(p_request -> 'models', 'null');
  v_parent darkroom.generations;
  v_room integer;
  v_plan jsonb;
begin
  if v_images is null then
    perform darkroom.refuse('DR409', 'source-gone', 'No image of this conversation is left to work from.',
      'Restore one from the trash, or start a new conversation.');
  end if;
  v_parent := darkroom.live_generation(v_user, v_images[1].generation_id);
  if v_wanted is null then
    v_wanted := darkroom.edit_models(array(
      select m.id from jsonb_array_elements_text(coalesce(p_conversation.settings -> 'models', '[]')) as m (id)));
  end if;
  if jsonb_typeof(v_wanted) = 'array' then
    select min(m.max_references)
      - case jsonb_typeof(p_request -> 'references') when 'array' then jsonb_array_length(p_request -> 'references') else 0 end
    into v_room
    from darkroom.models as m
    where v_wanted ? m.id;
  end if;
  v_room := greatest(1, least(coalesce(v_room, cardinality(v_images)), cardinality(v_images)));

  v_plan := darkroom.plan_request(v_user, p_request,
    (select jsonb_agg(darkroom.given_picture(i.image,
        case when (i.image).id = p_conversation.source_image_id then 'source' else 'previous_turn' end) order by i.place)
     from (
       select n.place, v_images[n.place] as image from generate_series(1, v_room) as n (place)
     ) as i),
    v_wanted, true, p_conversation.settings);
  v_plan := v_plan || jsonb_build_object('project_id', v_parent.project_id);

  update darkroom.conversations as c
  set updated_at = darkroom.clock()
  where c.user_id = v_user and c.id = p_conversation.id;
  perform darkroom.enqueue(v_user, v_plan,
    jsonb_build_array(jsonb_build_object(
      'id', v_id, 'prompt', v_prompt, 'category', 'edit', 'caption', v_parent.caption, 'card_id', v_parent.card_id,
      'parent_id', v_parent.id, 'source_image_id', v_images[1].id, 'conversation_id', p_conversation.id,
      'turn_index', (
        select coalesce(max(g.turn_index) + 1, 0)
        from darkroom.generations as g
        where g.user_id = v_user and g.conversation_id = p_conversation.id))),
    array[row(v_user, 'conversation.updated', null, v_parent.card_id, null, null, null, p_conversation.id, v_parent.project_id,
      null, null)::darkroom.new_event]);
  return jsonb_build_object(
      'conversation', darkroom.conversation_object(v_user, p_conversation.id),
      'dropped_references', cardinality(v_images) - v_room)
    || darkroom.created_reply(v_user, v_id);
end
$$;
comment on function darkroom.enqueue_turn(darkroom.conversations, jsonb) is 'Enqueues the next turn of a quiet conversation of a locked user.';
