-- Stores a response in the transaction of its effect, and gives it back.
-- Writes: idempotency_keys.
create or replace function darkroom.remember(p_user uuid, p_scope text, p_request jsonb, p_response jsonb) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text := darkroom.text_field(p_request, 'idempotency_key', 255);
begin
  if v_key is not null then
    insert into darkroom.idempotency_keys as k (user_id, scope, key, request_sha256, response, created_at)
    values (p_user, p_scope, v_key,
      sha256(convert_to((p_request - 'idempotency_key')::text, 'UTF8')), p_response, darkroom.clock())
    on conflict (user_id, scope, key) do update
    set request_sha256 = excluded.request_sha256, response = excluded.response, created_at = excluded.created_at;
  end if;
  return p_response;
end
$$;
comment on function darkroom.remember(uuid, text, jsonb, jsonb) is 'Keeps a response for replays of its idempotency key, and answers it.';
