-- The user has seen results: one, several, all of a batch, or everything that was finished by a certain moment ("mark
-- all as seen", where p_finished_before is what the client's list showed, so that a result which arrives meanwhile stays
-- new). Times reach clients in milliseconds, so they are compared in milliseconds: the moment itself is included.
-- Lock order: the user's mutex first. Writes: what view_generations writes. Called by: clients.
create or replace function darkroom.mark_viewed(
  p_ids uuid[] default null,
  p_finished_before timestamptz default null,
  p_batch_id uuid default null
) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_ids uuid[] := p_ids;
  v_viewed integer;
begin
  if num_nonnulls(p_ids, p_finished_before, p_batch_id) <> 1 then
    perform darkroom.invalid('', 'Say what was seen: ids, or finished_before, or a batch.', 'Exactly one of them.');
  end if;
  if cardinality(p_ids) > 1000 then
    perform darkroom.invalid('/ids', 'At most 1000 ids go in one call.', 'Use finished_before for more.');
  end if;
  if p_ids is not null and exists (
    select
    from unnest(p_ids) as w (id)
    where not exists (select from darkroom.generations as g where g.user_id = v_user and g.id = w.id)
  ) then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such generation.', '', '/ids');
  end if;
  if p_finished_before is not null then
    v_ids := array(
      select g.id
      from darkroom.generations as g
      where g.user_id = v_user and g.attention and g.finished_at is not null
        and date_trunc('milliseconds', g.finished_at) <= p_finished_before);
  end if;
  if p_batch_id is not null then
    if not exists (select from darkroom.batches as b where b.user_id = v_user and b.id = p_batch_id) then
      perform darkroom.refuse('DR404', 'not-found', 'There is no such batch.');
    end if;
    v_ids := array(
      select g.id from darkroom.generations as g where g.user_id = v_user and g.batch_id = p_batch_id);
  end if;

  v_viewed := darkroom.view_generations(v_user, v_ids);
  return (
    select jsonb_build_object('viewed', v_viewed, 'active_count', h.active_count, 'unviewed_count', h.unviewed_count)
    from darkroom.event_heads as h
    where h.user_id = v_user);
end
$$;
comment on function darkroom.mark_viewed(uuid[], timestamptz, uuid) is
  'Marks finished generations as viewed, by ids, by the time they finished, or by batch: {viewed, active_count, unviewed_count}.';
