-- A user has looked at these. What is unfinished stays as it is: marked as seen now, its completion would never be
-- announced. What lies in the trash stays too, so that restoring brings it back as it was.
-- Lock order: the caller holds the user's mutex. Writes: generations, events and the head's unviewed_count.
-- Called by: mark_viewed, apply_to_library.
create or replace function darkroom.view_generations(p_user uuid, p_ids uuid[]) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_viewed uuid[];
  v_counted integer;
begin
  with before as materialized (
    select g.id, g.attention
    from darkroom.generations as g
    where g.user_id = p_user and g.id = any (p_ids)
      and g.viewed_at is null and g.deleted_at is null and g.finished_at is not null
  ),
  viewed as (
    update darkroom.generations as g
    set viewed_at = v_now
    from before as b
    where g.user_id = p_user and g.id = b.id
  )
  select array_agg(b.id), count(*) filter (where b.attention) into v_viewed, v_counted from before as b;

  if v_viewed is null then
    return 0;
  end if;
  perform darkroom.append_events(
    darkroom.generation_events(p_user, 'generation.viewed', v_viewed),
    array[row(p_user, 0, -v_counted, 0, 0)::darkroom.head_change]);
  return cardinality(v_viewed);
end
$$;
comment on function darkroom.view_generations(uuid, uuid[]) is 'Marks the finished ones among these generations of a locked user as viewed; answers how many that changed.';
