-- PATCH of a post: its name, caption, selected image and project. null empties a field. A caption is the post's own: an
-- edit inherited its source's and may change it without changing the source's.
--
-- A card is called by its first generation, and lies where that lies: renaming or moving the first renames or moves the
-- card. The others keep their own project, since moving one edit of many elsewhere is an affair of that edit alone.
-- Whoever watches the project it leaves must hear of it too, so a move is announced under both projects.
-- Lock order: the user's mutex first. Writes: generations, history_cards, events. Called by: clients.
create or replace function darkroom.update_generation(p_id uuid, p_changes jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_old darkroom.generations;
  v_new darkroom.generations;
  v_left darkroom.new_event[] := '{}';
begin
  perform darkroom.check_fields(p_changes, array['name', 'caption', 'selected_image_id', 'project_id']);
  v_old := darkroom.live_generation(v_user, p_id);
  v_new := v_old;
  if p_changes ? 'name' then
    v_new.name := btrim(darkroom.text_field(p_changes, 'name', 200));
  end if;
  if p_changes ? 'caption' then
    v_new.caption := darkroom.text_field(p_changes, 'caption', 32000);
  end if;
  if p_changes ? 'selected_image_id' then
    v_new.selected_image_id := darkroom.uuid_field(p_changes, 'selected_image_id');
    perform darkroom.check_selected_image(v_new);
  end if;
  if p_changes ? 'project_id' then
    v_new.project_id := darkroom.uuid_field(p_changes, 'project_id');
    if v_new.project_id is not null
      and not exists (select from darkroom.projects as p where p.user_id = v_user and p.id = v_new.project_id)
    then
      perform darkroom.refuse('DR404', 'not-found', 'There is no such project.', '', '/project_id');
    end if;
  end if;
  if v_new is not distinct from v_old then
    return jsonb_build_object('generation', darkroom.generation_object(v_user, p_id));
  end if;

  if v_old.project_id is distinct from v_new.project_id and v_old.project_id is not null then
    v_left := darkroom.generation_events(v_user, 'generation.updated', array[p_id]);
  end if;
  update darkroom.generations as g
  set
    name = v_new.name,
    caption = v_new.caption,
    selected_image_id = v_new.selected_image_id,
    project_id = v_new.project_id,
    updated_at = darkroom.clock()
  where g.user_id = v_user and g.id = p_id;
  update darkroom.history_cards as k
  set
    title = case when p_changes ? 'name' then darkroom.card_title(v_new.name, v_new.prompt) else k.title end,
    project_id = case when p_changes ? 'project_id' then v_new.project_id else k.project_id end
  where k.user_id = v_user and k.id = v_old.card_id
    and not exists (
      select from darkroom.generations as g
      where g.user_id = v_user and g.card_id = v_old.card_id and g.id < p_id);
  perform darkroom.append_events(v_left || darkroom.generation_events(v_user, 'generation.updated', array[p_id]));
  return jsonb_build_object('generation', darkroom.generation_object(v_user, p_id));
end
$$;
comment on function darkroom.update_generation(uuid, jsonb) is 'Changes name, caption, selected_image_id or project_id of a generation: {generation}.';
