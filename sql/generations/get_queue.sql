-- What the header of a studio shows: the counts, the last five that are active or not yet looked at, the credits, and
-- whether the user holds its queue.
-- Called by: clients.
create or replace function darkroom.get_queue() returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_recent jsonb;
begin
  select jsonb_agg(o.object order by o.id desc) into v_recent
  from darkroom.generation_objects(v_user, array(
    select g.id
    from darkroom.generations as g
    where g.user_id = v_user and g.attention
    order by g.id desc
    limit 5)) as o;

  return (
    select jsonb_build_object(
      'active_count', h.active_count,
      'unviewed_count', h.unviewed_count,
      'recent', coalesce(v_recent, '[]'),
      'credits', u.credits,
      'paused', u.paused_at is not null,
      'seq', h.seq)
    from darkroom.users as u
    join darkroom.event_heads as h on h.user_id = u.id
    where u.id = v_user);
end
$$;
comment on function darkroom.get_queue() is
  'The current user''s queue at a glance: {active_count, unviewed_count, recent, credits, paused, seq}.';
