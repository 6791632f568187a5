-- What follows from jobs that did not end: begun by a worker, or queued again. How far their generations have come moves on
-- (a caption being written is captioning, an image begun is generating, never back), and the events of the jobs are
-- answered, for append_events. Most claims change no phase, since another image of the same generation was there first:
-- rows that differ are written and tell what the events need, the others are read.
-- Writes: generations. Called by: save_completed_generation_to_history.
create or replace function darkroom.begin_jobs(p_changes darkroom.job_change[]) returns darkroom.new_event[]
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_events darkroom.new_event[];
begin
  with steps as materialized (
    select
      c.user_id,
      c.generation_id,
      case
        when bool_or(c.status = 'processing' and c.kind = 'image') then 'generating'
        when bool_or(c.status = 'processing') then 'captioning'
      end as phase,
      array_agg(c) as changes
    from unnest(p_changes) as c
    where c.status in ('queued', 'processing')
    group by c.user_id, c.generation_id
  ),
  moved as (
    update darkroom.generations as g
    set phase = s.phase, updated_at = v_now
    from steps as s
    where g.user_id = s.user_id and g.id = s.generation_id
      and g.phase <> s.phase and (s.phase = 'generating' or g.phase = 'queued')
    returning g.user_id, g.id, g.card_id, g.batch_id, g.conversation_id, g.project_id, s.changes
  ),
  touched as (
    select m.* from moved as m
    union all
    select g.user_id, g.id, g.card_id, g.batch_id, g.conversation_id, g.project_id, s.changes
    from steps as s
    join darkroom.generations as g on g.user_id = s.user_id and g.id = s.generation_id
    -- (A hash: as an anti join of unknown sizes it would be planned as a loop in a loop.)
    where (s.user_id, s.generation_id) not in (select m.user_id, m.id from moved as m)
  )
  select array_agg(row(
    t.user_id,
    case
      when c.status = 'processing' then 'job.processing'
      when c.detail ? 'error_class' then 'job.retrying'
      else 'job.queued'
    end,
    t.id, t.card_id, c.id, null, t.batch_id, t.conversation_id, t.project_id, null, c.detail
  )::darkroom.new_event order by c.id)
  into v_events
  from touched as t
  cross join unnest(t.changes) as c;
  return v_events;
end
$$;
comment on function darkroom.begin_jobs(darkroom.job_change[]) is
  'Moves generations on to captioning or generating when their jobs begin; answers the events of jobs that did not end.';
