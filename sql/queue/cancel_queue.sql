-- Cancel everything that waits (scope queued) or everything unfinished (scope all), of one batch or project if named.
-- Lock order: the user's mutex first. Writes: what cancel_jobs writes. Called by: clients.
create or replace function darkroom.cancel_queue(
  p_scope text default 'queued',
  p_batch uuid default null,
  p_project uuid default null
) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
begin
  if p_scope is null or p_scope not in ('queued', 'all') then
    perform darkroom.invalid('/scope', 'The scope is queued or all.');
  end if;
  if p_batch is not null and not exists (select from darkroom.batches as b where b.user_id = v_user and b.id = p_batch) then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such batch.', '', '/batch_id');
  end if;
  if p_project is not null
    and not exists (select from darkroom.projects as p where p.user_id = v_user and p.id = p_project)
  then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such project.', '', '/project_id');
  end if;
  return darkroom.cancel_jobs(v_user, array(
    select j.id
    from darkroom.generations as g
    join darkroom.jobs as j on j.user_id = g.user_id and j.generation_id = g.id
    where g.user_id = v_user and g.attention and g.finished_at is null
      and (p_batch is null or g.batch_id = p_batch)
      and (p_project is null or g.project_id = p_project)
      and (j.status = 'queued' or (j.status = 'processing' and p_scope = 'all'))));
end
$$;
comment on function darkroom.cancel_queue(text, uuid, uuid) is
  'Cancels all waiting (queued) or all unfinished (all) jobs of the current user: {cancelled, refunded}, images and credits.';
