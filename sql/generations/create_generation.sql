-- A user asks for images. Everything is charged, written and announced in one transaction, or nothing.
-- Lock order: the user's mutex first. Writes: what enqueue writes, idempotency_keys. Called by: clients.
create or replace function darkroom.create_generation(p_request jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_id uuid := darkroom.uuid7();
  v_reply jsonb;
  v_plan jsonb;
begin
  perform darkroom.check_fields(p_request, array['prompt', 'models', 'quantity', 'aspect_ratio', 'resolution', 'write_caption',
    'caption', 'references', 'project_id', 'name', 'priority', 'run_at', 'seed', 'options', 'metadata', 'idempotency_key']);
  v_reply := darkroom.replay(v_user, 'create_generation', p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  v_plan := darkroom.plan_request(v_user, p_request);
  perform darkroom.enqueue(v_user, v_plan, jsonb_build_array(jsonb_build_object(
    'id', v_id, 'prompt', darkroom.text_field(p_request, 'prompt', 32000, true))));
  return darkroom.remember(v_user, 'create_generation', p_request, darkroom.created_reply(v_user, v_id));
end
$$;
comment on function darkroom.create_generation(jsonb) is
  'Enqueues a generation for the current user and charges its credits: {generation, credits}. Request as POST /v1/generations.';
