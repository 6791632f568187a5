-- Jobs as clients see them.
-- Called by: deliver_events, get_job. Not for clients: it takes a user.
drop function if exists darkroom.job_objects(uuid, bigint[]);  -- its objects were jsonb
create or replace function darkroom.job_objects(p_user uuid, p_ids bigint[])
  returns table (id bigint, object json)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select j.id, darkroom.job_json(j, i.id)
  from unnest(p_ids) as k (id)
  cross join lateral (select j.* from darkroom.jobs as j where j.id = k.id and j.user_id = p_user offset 0) as j
  left join darkroom.images as i on i.user_id = p_user and i.generation_id = j.generation_id and i.job_id = j.id;
end
$$;
comment on function darkroom.job_objects(uuid, bigint[]) is 'The job objects of these ids of a user, in no order.';
