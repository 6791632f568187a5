-- v1:<id of the key>:<base64url>. A secret in clear would stay in the tables, the write-ahead log and every backup.
-- Called by: add_provider_token, replace_provider_secret.
create or replace function darkroom.check_encrypted(p_secret text) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_secret is null or length(p_secret) > 20000 or p_secret !~ '^v1:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]+$' then
    perform darkroom.invalid('/secret', 'The secret is not encrypted.',
      'Use `darkroom token add`, which encrypts it first; never hand a secret to psql.');
  end if;
end
$$;
comment on function darkroom.check_encrypted(text) is 'Refuses a secret that is not encrypted.';
