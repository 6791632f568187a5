-- A key, a user or a browser's session lost its right to be here: whoever holds sockets of it must close them now. The
-- payload says what to compare with: key:<id of the key>, user:<id of the user>, or session:<the first half of the
-- sha256 of its token, as a uuid>. A lost bell is made good by the relay's next look, and by the next request.
-- Called by: revoke_api_key, disable_user, end_session.
create or replace function darkroom.ring_revocations(p_what text, p_id uuid) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('darkroom_revocations', p_what || ':' || p_id);
end
$$;
comment on function darkroom.ring_revocations(text, uuid) is 'Rings darkroom_revocations with key:<id> or user:<id>.';
