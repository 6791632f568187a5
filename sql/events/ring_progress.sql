-- How far running calls have come: [{job_id, lease_no, state, fraction}], passed on as it is to whoever watches their users,
-- and kept nowhere. A bell of its own that holds all there is to know, since there is nothing to read behind it; it is lost
-- on whoever does not listen just now. Only for leases that still run their job, and for users who are watched, so that
-- calls which nobody follows ring for nobody. A worker rings once a second at most, for all its calls together, in a
-- transaction of its own that need not wait for the disk.
-- Called by: workers.
create or replace function darkroom.ring_progress(p_jobs jsonb) returns void
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
begin
  if jsonb_typeof(p_jobs) is distinct from 'array' or jsonb_array_length(p_jobs) > 1000
    or jsonb_path_exists(p_jobs, '$[*] ? (@.type() != "object")')
  then
    perform darkroom.invalid('/jobs', 'Progress is a list of 1000 objects at most.');
  end if;
  perform pg_notify('darkroom_progress', jsonb_build_object(
    'user_id', j.user_id,
    'ids', jsonb_strip_nulls(jsonb_build_object(
      'generation_id', g.id, 'card_id', g.card_id, 'job_id', j.id, 'batch_id', g.batch_id,
      'conversation_id', g.conversation_id, 'project_id', g.project_id)),
    'state', w.state,
    'fraction', w.fraction)::text)
  from jsonb_to_recordset(p_jobs) as w (job_id bigint, lease_no bigint, state text, fraction double precision)
  join darkroom.jobs as j on j.id = w.job_id and j.lease_no = w.lease_no and j.status = 'processing'
  join darkroom.event_heads as h on h.user_id = j.user_id and h.watched_until > darkroom.clock()
  join darkroom.generations as g on g.user_id = j.user_id and g.id = j.generation_id
  where w.state in ('starting', 'processing') and (w.fraction is null or w.fraction between 0 and 1);
end
$$;
comment on function darkroom.ring_progress(jsonb) is
  'Rings darkroom_progress for the watched users of these running calls [{job_id, lease_no, state, fraction}].';
