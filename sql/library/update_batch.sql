-- PATCH of a batch: its name. Names of its generations are of the day they were made and stay; their cards show the
-- batch's present name, so one generation of each card tells of it.
-- Lock order: the user's mutex first. Writes: batches, events. Called by: clients.
create or replace function darkroom.update_batch(p_id uuid, p_changes jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_name text;
begin
  perform darkroom.check_fields(p_changes, array['name']);
  if not exists (select from darkroom.batches as b where b.user_id = v_user and b.id = p_id) then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such batch.');
  end if;
  if p_changes ? 'name' then
    v_name := btrim(darkroom.text_field(p_changes, 'name', 200, true));
    update darkroom.batches as b
    set name = v_name
    where b.user_id = v_user and b.id = p_id and b.name <> v_name;
    if found then
      perform darkroom.append_events(
        darkroom.batch_events(v_user, 'batch.updated', array[p_id])
        || darkroom.generation_events(v_user, 'generation.updated', array(
          select distinct on (g.card_id) g.id
          from darkroom.generations as g
          where g.user_id = v_user and g.batch_id = p_id
          order by g.card_id, g.id)));
    end if;
  end if;
  return jsonb_build_object('batch', darkroom.batch_object(v_user, p_id));
end
$$;
comment on function darkroom.update_batch(uuid, jsonb) is 'Changes the name of a batch: {batch}.';
