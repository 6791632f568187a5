-- The failed and cancelled slots of a generation once more, in place. It costs again, so it takes an idempotency_key like
-- whatever creates something, and nothing else.
-- Lock order: the user's mutex first. Writes: what retry_slots writes, idempotency_keys. Called by: clients.
drop function if exists darkroom.retry_generation(uuid);
create or replace function darkroom.retry_generation(p_id uuid, p_request jsonb default '{}') returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_scope text := 'retry_generation ' || p_id;
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_request, array['idempotency_key']);
  v_reply := darkroom.replay(v_user, v_scope, p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  perform darkroom.live_generation(v_user, p_id);
  if darkroom.retry_slots(v_user, array[p_id]) = 0 then
    perform darkroom.refuse('DR409', 'nothing-to-retry', 'No slot of this generation failed or was cancelled.');
  end if;
  return darkroom.remember(v_user, v_scope, p_request, darkroom.created_reply(v_user, p_id));
end
$$;
comment on function darkroom.retry_generation(uuid, jsonb) is
  'Tries the failed and cancelled slots of a generation again, charged anew: {generation, credits}.';
