-- The failed and cancelled items of a batch once more, in place. See retry_generation.
-- Lock order: the user's mutex first. Writes: what retry_slots writes, idempotency_keys. Called by: clients.
drop function if exists darkroom.retry_batch(uuid);
create or replace function darkroom.retry_batch(p_id uuid, p_request jsonb default '{}') returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_scope text := 'retry_batch ' || p_id;
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_request, array['idempotency_key']);
  v_reply := darkroom.replay(v_user, v_scope, p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  if not exists (select from darkroom.batches as b where b.user_id = v_user and b.id = p_id) then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such batch.');
  end if;
  if darkroom.retry_slots(v_user, array(
    select g.id from darkroom.generations as g where g.user_id = v_user and g.batch_id = p_id and g.failed + g.cancelled > 0)) = 0
  then
    perform darkroom.refuse('DR409', 'nothing-to-retry', 'No item of this batch failed or was cancelled.');
  end if;
  return darkroom.remember(v_user, v_scope, p_request, jsonb_build_object(
    'batch', darkroom.batch_object(v_user, p_id),
    'credits', (select u.credits from darkroom.users as u where u.id = v_user)));
end
$$;
comment on function darkroom.retry_batch(uuid, jsonb) is
  'Tries the failed and cancelled slots of a batch again, charged anew: {batch, credits}.';
