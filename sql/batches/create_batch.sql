-- One prompt set over the same settings: a generation per item, all or nothing at enqueue, item by item afterwards.
-- Names "{collection} - {template}" are snapshots of this day. Request as POST /v1/batches.
-- Lock order: the user's mutex first. Writes: batches, what enqueue writes, idempotency_keys. Called by: clients.
create or replace function darkroom.create_batch(p_request jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_items jsonb;
  v_plan jsonb;
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_request, array['name', 'collection_id', 'items', 'models', 'quantity', 'references',
    'aspect_ratio', 'resolution', 'project_id', 'priority', 'run_at', 'seed', 'options', 'metadata', 'idempotency_key']);
  v_reply := darkroom.replay(v_user, 'create_batch', p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  v_items := darkroom.plan_batch_items(v_user, p_request);
  v_plan := darkroom.plan_request(v_user, p_request - array['collection_id', 'items']);
  return darkroom.remember(v_user, 'create_batch', p_request, darkroom.enqueue_batch(v_user, v_plan, v_items));
end
$$;
comment on function darkroom.create_batch(jsonb) is
  'Enqueues a batch from a collection or a list of prompts: {batch, credits}. Request as POST /v1/batches.';
