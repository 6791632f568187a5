-- Cancel what is unfinished of a batch. Answers {cancelled, refunded}.
-- Lock order: the user's mutex first. Writes: what cancel_jobs writes. Called by: clients.
create or replace function darkroom.cancel_batch(p_id uuid) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
begin
  if not exists (select from darkroom.batches as b where b.user_id = v_user and b.id = p_id) then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such batch.');
  end if;
  return darkroom.cancel_generations(v_user, array(
    select g.id from darkroom.generations as g where g.user_id = v_user and g.batch_id = p_id and g.finished_at is null));
end
$$;
comment on function darkroom.cancel_batch(uuid) is 'Cancels the unfinished jobs of a batch: {cancelled, refunded}, images and credits.';
