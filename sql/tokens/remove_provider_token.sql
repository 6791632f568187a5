-- Wipes a token's secret and keeps its row, which jobs and reports name. Calls under way end as they end. Doing it
-- again changes nothing.
-- Locks: the token's row; waits. Writes: provider_tokens. Called by: operators.
create or replace function darkroom.remove_provider_token(p_token uuid)
  returns setof darkroom.provider_token_state
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform darkroom.find_provider_token(p_token);
  update darkroom.provider_tokens as t
  set secret = null, active = false, removed_at = darkroom.clock()
  where t.id = p_token and t.removed_at is null;
  return query select s.* from darkroom.provider_token_state as s where s.id = p_token;
end
$$;
comment on function darkroom.remove_provider_token(uuid) is 'Wipes a provider token''s secret for good and keeps its row.';
