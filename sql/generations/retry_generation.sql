-- Lock order: the user's mutex first. Writes: what retry_slots writes. Called by: clients.
create or replace function darkroom.retry_generation(p_id uuid) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
begin
  perform darkroom.live_generation(v_user, p_id);
  if darkroom.retry_slots(v_user, array[p_id]) = 0 then
    perform darkroom.refuse('DR409', 'nothing-to-retry', 'No slot of this generation failed or was cancelled.');
  end if;
  return darkroom.created_reply(v_user, p_id);
end
$$;
comment on function darkroom.retry_generation(uuid) is 'Tries the failed and cancelled slots of a generation again, charged anew: {generation, credits}.';
