-- The workspace goes, what was made in it stays: generations, cards and batches belong to no project afterwards. Each
-- of them is announced once more under the project they leave, so that clients who filter by it let go of them.
-- Lock order: the user's mutex first. Writes: projects, generations, history_cards, batches, events. Called by: clients.
create or replace function darkroom.delete_project(p_id uuid) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_events darkroom.new_event[];
begin
  if not exists (select from darkroom.projects as p where p.user_id = v_user and p.id = p_id) then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such project.');
  end if;
  -- A card can lie here although none of its generations does (they were moved, or purged): its first one tells of it.
  v_events := darkroom.generation_events(v_user, 'generation.updated', array(
      select g.id from darkroom.generations as g where g.user_id = v_user and g.project_id = p_id
      union
      select (
        select g.id from darkroom.generations as g
        where g.user_id = v_user and g.card_id = k.id
        order by g.id limit 1)
      from darkroom.history_cards as k
      where k.user_id = v_user and k.project_id = p_id))
    || darkroom.batch_events(v_user, 'batch.updated', array(
      select b.id from darkroom.batches as b where b.user_id = v_user and b.project_id = p_id));
  delete from darkroom.projects as p where p.user_id = v_user and p.id = p_id;
  perform darkroom.append_events(v_events || darkroom.project_event(v_user, p_id, 'deleted'));
  return jsonb_build_object('id', p_id);
end
$$;
comment on function darkroom.delete_project(uuid) is 'Deletes a project; what was made in it stays: {id}.';
