-- The held jobs come back at the places they had, or at the present of the fair queue if that has moved on.
-- Lock order: the user's mutex first. Writes: users, schedule, events and what enter_queue writes. Called by: clients.
create or replace function darkroom.resume_queue() returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_jobs bigint[];
begin
  update darkroom.users as u set paused_at = null where u.id = v_user and u.paused_at is not null;
  if found then
    with held as (
      delete from darkroom.schedule as s
      using darkroom.generations as g
      join darkroom.jobs as j on j.user_id = g.user_id and j.generation_id = g.id and j.status = 'queued'
      where g.user_id = v_user and g.attention and g.finished_at is null
        and j.next_run_at = 'infinity' and s.run_at = 'infinity' and s.job_id = j.id
      returning s.job_id
    )
    select array_agg(h.job_id order by h.job_id) into v_jobs from held as h;
    if v_jobs is not null then
      perform darkroom.enter_queue(v_jobs);
    end if;
    perform darkroom.append_events(array[
      row(v_user, 'queue.resumed', null, null, null, null, null, null, null, null, null)::darkroom.new_event]);
  end if;
  return darkroom.get_queue();
end
$$;
comment on function darkroom.resume_queue() is 'Lets the current user''s held jobs go on; answers as get_queue.';
