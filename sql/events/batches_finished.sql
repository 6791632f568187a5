-- The events of batches that finished with these jobs. Called by: append_ended_events.
create or replace function darkroom.batches_finished(p_changes darkroom.job_change[]) returns darkroom.new_event[]
  language sql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(row(
    b.user_id, case b.status when 'cancelled' then 'batch.cancelled' else 'batch.completed' end, null, null, null, null, b.id,
    null, b.project_id, null, jsonb_build_object('status', b.status))::darkroom.new_event order by b.id), '{}')
  from (
    select distinct g.user_id, g.batch_id
    from unnest(p_changes) as c
    join darkroom.generations as g on g.user_id = c.user_id and g.id = c.generation_id
    where c.status in ('completed', 'failed', 'cancelled')
  ) as d
  join darkroom.batches as b on b.user_id = d.user_id and b.id = d.batch_id
  where b.finished_at is not null
$$;
comment on function darkroom.batches_finished(darkroom.job_change[]) is 'The events of batches that finished with these jobs.';
