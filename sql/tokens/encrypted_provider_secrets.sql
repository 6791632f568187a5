-- The encrypted secrets, for those who hold the keys to them: to see that every one can still be read, and to encrypt
-- them anew with another key. Without the keys they say nothing.
-- Called by: operators.
create or replace function darkroom.encrypted_provider_secrets()
  returns table (id uuid, provider text, label text, secret text)
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select t.id, t.provider, t.label, t.secret
  from darkroom.provider_tokens as t
  where t.secret is not null
  order by t.id
$$;
comment on function darkroom.encrypted_provider_secrets() is 'The secrets of all tokens as they are stored: encrypted.';
