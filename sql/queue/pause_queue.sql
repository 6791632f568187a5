-- A user holds its own queue: what waits lies down in schedule at infinity, where no claim walks over it; what runs goes
-- on. Jobs that come later (new, retried, due) lie down there as well, see enter_queue and charge_and_queue.
-- Lock order: the user's mutex first. Writes: users, queue, schedule, jobs, events. Called by: clients.
create or replace function darkroom.pause_queue() returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
begin
  update darkroom.users as u set paused_at = darkroom.clock() where u.id = v_user and u.paused_at is null;
  if found then
    with laid_down as (
      delete from darkroom.queue as q
      using darkroom.generations as g
      join darkroom.jobs as j on j.user_id = g.user_id and j.generation_id = g.id and j.status = 'queued'
      where g.user_id = v_user and g.attention and g.finished_at is null
        and q.provider = j.provider and q.rank = -j.priority and q.fair_key = j.fair_key and q.job_id = j.id
      returning q.job_id
    ),
    waiting as (
      insert into darkroom.schedule (run_at, job_id, user_id)
      select 'infinity', l.job_id, v_user from laid_down as l
    )
    update darkroom.jobs as j
    set next_run_at = 'infinity'
    from laid_down as l
    where j.id = l.job_id;
    perform darkroom.append_events(array[
      row(v_user, 'queue.paused', null, null, null, null, null, null, null, null, null)::darkroom.new_event]);
  end if;
  return darkroom.get_queue();
end
$$;
comment on function darkroom.pause_queue() is 'Holds the current user''s waiting jobs until resume_queue; answers as get_queue.';
