-- Cancel one job. A caption takes the images that wait for it along. Answers {cancelled, refunded}.
-- Lock order: the user's mutex first. Writes: what cancel_jobs writes. Called by: clients.
create or replace function darkroom.cancel_job(p_job bigint) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
begin
  if not exists (select from darkroom.jobs as j where j.id = p_job and j.user_id = v_user) then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such job.');
  end if;
  return darkroom.cancel_jobs(v_user, array[p_job]);
end
$$;
comment on function darkroom.cancel_job(bigint) is 'Cancels a job if it is unfinished: {cancelled, refunded}, images and credits.';
