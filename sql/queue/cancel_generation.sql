-- Cancel what is unfinished of a generation. Answers {cancelled, refunded}, zeros when it was finished.
-- Lock order: the user's mutex first. Writes: what cancel_jobs writes. Called by: clients.
create or replace function darkroom.cancel_generation(p_id uuid) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
begin
  if not exists (select from darkroom.generations as g where g.user_id = v_user and g.id = p_id) then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such generation.');
  end if;
  return darkroom.cancel_generations(v_user, array[p_id]);
end
$$;
comment on function darkroom.cancel_generation(uuid) is 'Cancels the unfinished jobs of a generation: {cancelled, refunded}, images and credits.';
