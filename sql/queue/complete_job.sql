-- complete_jobs for one.
create or replace function darkroom.complete_job(p_job bigint, p_lease_no bigint, p_result jsonb) returns text
  language sql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select c.answer
  from darkroom.complete_jobs(jsonb_build_array(jsonb_build_object(
    'job_id', p_job, 'lease_no', p_lease_no, 'result', p_result))) as c
$$;
comment on function darkroom.complete_job(bigint, bigint, jsonb) is 'Completes one job: accepted, already or refused.';
