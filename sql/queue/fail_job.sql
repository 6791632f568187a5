-- fail_jobs for one.
create or replace function darkroom.fail_job(
  p_job bigint,
  p_lease_no bigint,
  p_class text,
  p_message text,
  p_retry_after interval default null
) returns text
  language sql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select f.answer
  from darkroom.fail_jobs(jsonb_build_array(jsonb_build_object(
    'job_id', p_job, 'lease_no', p_lease_no, 'class', p_class, 'message', p_message, 'retry_after', p_retry_after))) as f
$$;
comment on function darkroom.fail_job(bigint, bigint, text, text, interval) is 'Reports one failed call: accepted, already or refused.';
