-- A key or a user lost its right to be here: whoever holds sockets of it must close them now. The payload says what to
-- compare with: key:<id of the key> or user:<id of the user>. A lost bell is made good by the next request, which asks
-- the tables.
-- Called by: revoke_api_key, disable_user.
create or replace function darkroom.ring_revocations(p_what text, p_id uuid) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('darkroom_revocations', p_what || ':' || p_id);
end
$$;
comment on function darkroom.ring_revocations(text, uuid) is 'Rings darkroom_revocations with key:<id> or user:<id>.';
