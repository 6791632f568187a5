-- Cancels whatever is unfinished of these generations. Called by: cancel_generation, cancel_batch,
-- apply_to_library, trash_generations.
create or replace function darkroom.cancel_generations(p_user uuid, p_generations uuid[]) returns jsonb
  language sql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
  select darkroom.cancel_jobs(p_user, array(
    select j.id
    from darkroom.jobs as j
    where j.user_id = p_user and j.generation_id = any (p_generations) and j.status in ('queued', 'processing')))
$$;
comment on function darkroom.cancel_generations(uuid, uuid[]) is 'Cancels the unfinished jobs of these generations of a locked user: {cancelled, refunded}.';
