-- Stores a response in the transaction of its effect, with the user's event number of that moment, and gives it back: a
-- replay tells the number that goes with its body, so whoever listens after it misses nothing that came since.
-- Writes: idempotency_keys.
create or replace function darkroom.remember(p_user uuid, p_scope text, p_request jsonb, p_response jsonb) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text := darkroom.text_field(p_request, 'idempotency_key', 255);
  v_response jsonb := p_response || jsonb_build_object('seq', darkroom.head_seq(p_user));
begin
  if v_key is not null then
    insert into darkroom.idempotency_keys as k (user_id, scope, key, request_sha256, response, created_at)
    values (p_user, p_scope, v_key,
      sha256(convert_to((p_request - 'idempotency_key')::text, 'UTF8')), v_response, darkroom.clock())
    on conflict (user_id, scope, key) do update
    set request_sha256 = excluded.request_sha256, response = excluded.response, created_at = excluded.created_at;
  end if;
  return v_response;
end
$$;
comment on function darkroom.remember(uuid, text, jsonb, jsonb) is 'Keeps a response, with the event number of its moment, for replays of its idempotency key, and answers it.';
