-- The same secret under another key, or a new secret of the same account. Compared with what was read before, so that
-- of two who rotate at once the later one notices.
-- Locks: the token's row; waits. Writes: provider_tokens. Called by: operators.
create or replace function darkroom.replace_provider_secret(p_token uuid, p_was text, p_secret_encrypted text) returns void
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform darkroom.check_encrypted(p_secret_encrypted);
  perform darkroom.find_provider_token(p_token);
  update darkroom.provider_tokens as t
  set secret = p_secret_encrypted
  where t.id = p_token and t.secret = p_was;
  if not found then
    perform darkroom.refuse('DR409', 'conflict', 'The token''s secret is not the one that was read any more.',
      'Read it again and repeat.');
  end if;
end
$$;
comment on function darkroom.replace_provider_secret(uuid, text, text) is 'Replaces a token''s encrypted secret, if it is still the one that was read.';
