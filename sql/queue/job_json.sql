-- A job as clients see it: a sentence instead of the provider's words, and its image where there is one. See image_json.
create or replace function darkroom.job_json(p_job darkroom.jobs, p_image uuid) returns json
  language sql
  stable
  parallel safe
as $$
  select json_build_object(
    'id', p_job.id,
    'generation_id', p_job.generation_id,
    'slot', p_job.slot,
    'retry_of', p_job.retry_of,
    'kind', p_job.kind,
    'model', p_job.model,
    'status', p_job.status,
    'attempt', p_job.attempt,
    'max_attempts', p_job.max_attempts,
    'next_run_at', darkroom.json_time(p_job.next_run_at),
    'error_class', p_job.error_class,
    'error', darkroom.error_sentence(p_job.error_class),
    'credits', p_job.credits,
    'image_id', p_image,
    'image_url', darkroom.image_url(p_image),
    'thumbnail_url', darkroom.image_url(p_image, 'thumb'),
    'created_at', darkroom.json_time(p_job.created_at),
    'started_at', darkroom.json_time(p_job.started_at),
    'finished_at', darkroom.json_time(p_job.finished_at),
    'duration_ms', coalesce(nullif(p_job.result -> 'duration_ms', 'null')::bigint,
      (extract(epoch from p_job.finished_at - p_job.started_at) * 1000)::bigint))
$$;
comment on function darkroom.job_json(darkroom.jobs, uuid) is 'The job object of a row, with the id of its image.';
