-- Posts for good, with their images, references and jobs. Their children get the next ancestor that stays as their
-- parent. A conversation keeps the numbers of its other turns. The ledger stays, and so do the counters of a batch: they
-- are the history of what it did, and can only be compared with rows while none of it was purged. A card goes with its
-- last generation, live or in the trash.
--
-- A lease that was revoked when the generation was thrown away stays until its worker acknowledges it or it expires: it
-- holds a token slot that is still in use.
-- Lock order: the caller holds the user's mutex. Writes: generations, jobs, history_cards, events, the head's
-- storage_bytes, and what drop_images writes. Called by: apply_to_library, purge_conversations, purge_trash.
create or replace function darkroom.purge_generations(p_user uuid, p_ids uuid[]) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set jit = off
as $$
declare
  v_ids uuid[];
  v_cards uuid[];
  v_children uuid[];
  v_events darkroom.new_event[];
  v_dropped record;
begin
  -- In the trash everything is finished; only a hand in psql could have made it otherwise.
  select array_agg(g.id), array_agg(distinct g.card_id) into v_ids, v_cards
  from darkroom.generations as g
  where g.user_id = p_user and g.id = any (p_ids) and g.deleted_at is not null and g.finished_at is not null;
  if v_ids is null then
    return 0;
  end if;
  v_events := darkroom.generation_events(p_user, 'generation.purged', v_ids);

  with recursive climbing as (
    select g.id, g.parent_id as ancestor
    from darkroom.generations as g
    where g.user_id = p_user and g.parent_id = any (v_ids) and g.id <> all (v_ids)
    union all
    select c.id, p.parent_id
    from climbing as c
    join darkroom.generations as p on p.user_id = p_user and p.id = c.ancestor
    where c.ancestor = any (v_ids)
  ),
  handed_on as (
    update darkroom.generations as g
    set parent_id = c.ancestor
    from climbing as c
    where g.user_id = p_user and g.id = c.id and (c.ancestor is null or c.ancestor <> all (v_ids))
    returning g.id
  )
  select array_agg(h.id) into v_children from handed_on as h;

  v_dropped := darkroom.drop_images(p_user, array(
    select i.id from darkroom.images as i where i.user_id = p_user and i.generation_id = any (v_ids)));
  delete from darkroom.jobs as j where j.user_id = p_user and j.generation_id = any (v_ids);
  delete from darkroom.generations as g where g.user_id = p_user and g.id = any (v_ids);
  delete from darkroom.history_cards as k
  where k.user_id = p_user and k.id = any (v_cards)
    and not exists (select from darkroom.generations as g where g.user_id = p_user and g.card_id = k.id);

  perform darkroom.append_events(
    v_events || darkroom.changed_events(p_user, array(
        select c.id from unnest(v_children) as c (id)
        union
        select c.id from unnest(v_dropped.changed_generations) as c (id)),
      v_dropped.changed_images, v_dropped.changed_conversations),
    array[row(p_user, 0, 0, 0, -v_dropped.freed_bytes)::darkroom.head_change]);
  return cardinality(v_ids);
end
$$;
comment on function darkroom.purge_generations(uuid, uuid[]) is 'Deletes those of these generations of a locked user that are in the trash for good; answers how many.';
