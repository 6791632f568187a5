-- How far unfinished generations have come: a caption being written is captioning; an image begun, or the caption done, is
-- generating. Never back. Most claims change no phase (another image of the same generation was there first), so only
-- rows that differ are written.
-- Writes: generations. Called by: save_completed_generation_to_history.
create or replace function darkroom.move_phases(p_changes darkroom.job_change[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  update darkroom.generations as g
  set phase = s.phase, updated_at = darkroom.clock()
  from (
    select
      c.user_id,
      c.generation_id,
      case when bool_or(c.kind = 'image' or c.status = 'completed') then 'generating' else 'captioning' end as phase
    from unnest(p_changes) as c
    where c.status = 'processing' or (c.kind = 'caption' and c.status = 'completed')
    group by c.user_id, c.generation_id
  ) as s
  where g.user_id = s.user_id and g.id = s.generation_id
    and g.phase <> s.phase and (s.phase = 'generating' or g.phase = 'queued');
end
$$;
comment on function darkroom.move_phases(darkroom.job_change[]) is 'Moves generations on to captioning or generating when their jobs begin.';
