-- The beginning of every operator function that changes a token. Its row is locked before anything else is touched;
-- nothing is waited for after it.
-- Locks: the token's row; waits. Called by: the functions of operators on tokens.
create or replace function darkroom.find_provider_token(p_token uuid) returns darkroom.provider_tokens
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_token darkroom.provider_tokens;
begin
  select t.* into v_token from darkroom.provider_tokens as t where t.id = p_token for no key update;
  if v_token.id is null then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such token.',
      '`darkroom token list` or list_provider_tokens() shows the ids there are.');
  end if;
  return v_token;
end
$$;
comment on function darkroom.find_provider_token(uuid) is 'Locks a provider token and answers it, or DR404.';
