-- One job. Called by: clients.
create or replace function darkroom.get_job(p_id bigint) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_object jsonb;
begin
  select o.object into v_object from darkroom.job_objects(v_user, array[p_id]) as o;
  if v_object is null then
    perform darkroom.not_found('job');
  end if;
  return jsonb_build_object('job', v_object, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_job(bigint) is 'One job of the current user: {job, seq}; DR404.';
