-- Idempotency. Under the user's mutex a twin of a call that is still running has waited for it, so a key is either
-- unknown or answered. The same key with another request is a mistake; after 24 hours a key is new again.
-- Answers the stored response, or null. Reads: idempotency_keys.
create or replace function darkroom.replay(p_user uuid, p_scope text, p_request jsonb) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text := darkroom.text_field(p_request, 'idempotency_key', 255);
  v_stored darkroom.idempotency_keys;
begin
  if v_key is null then
    return null;
  end if;
  select k.* into v_stored
  from darkroom.idempotency_keys as k
  where k.user_id = p_user and k.scope = p_scope and k.key = v_key
    and k.created_at > darkroom.clock() - interval '24 hours';
  if not found then
    return null;
  end if;
  if v_stored.request_sha256 <> sha256(convert_to((p_request - 'idempotency_key')::text, 'UTF8')) then
    perform darkroom.refuse('DR422', 'idempotency-key-reused', 'This idempotency key was used with another request.',
      'Use a new key for a new request.', '/idempotency_key');
  end if;
  return v_stored.response || '{"replayed": true}';
end
$$;
comment on function darkroom.replay(uuid, text, jsonb) is 'The stored response to this request''s idempotency key, or null.';
