-- Jobs as clients see them: a sentence instead of the provider's words, and the image where there is one.
-- Called by: generation_objects, deliver_events, get_job. Not for clients: it takes a user.
create or replace function darkroom.job_objects(p_user uuid, p_ids bigint[])
  returns table (id bigint, object jsonb)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
begin
  return query
  select
    j.id,
    jsonb_build_object(
      'id', j.id,
      'generation_id', j.generation_id,
      'slot', j.slot,
      'retry_of', j.retry_of,
      'kind', j.kind,
      'model', j.model,
      'status', j.status,
      'attempt', j.attempt,
      'max_attempts', j.max_attempts,
      'next_run_at', darkroom.json_time(j.next_run_at),
      'error_class', j.error_class,
      'error', darkroom.error_sentence(j.error_class),
      'credits', j.credits,
      'image_id', i.id,
      'image_url', darkroom.image_url(i.id),
      'thumbnail_url', darkroom.image_url(i.id, 'thumb'),
      'created_at', darkroom.json_time(j.created_at),
      'started_at', darkroom.json_time(j.started_at),
      'finished_at', darkroom.json_time(j.finished_at),
      'duration_ms', coalesce(nullif(j.result -> 'duration_ms', 'null')::bigint,
        (extract(epoch from j.finished_at - j.started_at) * 1000)::bigint))
  from darkroom.jobs as j
  left join darkroom.images as i on i.user_id = j.user_id and i.generation_id = j.generation_id and i.job_id = j.id
  where j.id = any (p_ids) and j.user_id = p_user;
end
$$;
comment on function darkroom.job_objects(uuid, bigint[]) is 'The job objects of these ids of a user, in no order.';
