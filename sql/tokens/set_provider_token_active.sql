-- Switches a token off or on. Off: no further call begins with it, those under way end as they end. On: the past is
-- forgiven, since an operator has looked at it.
-- Locks: the token's row; waits. Writes: provider_tokens. Rings: workers. Called by: operators.
create or replace function darkroom.set_provider_token_active(p_token uuid, p_active boolean)
  returns setof darkroom.provider_token_state
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_token darkroom.provider_tokens;
begin
  if p_active is null then
    perform darkroom.invalid('/active', 'A token is active or not.', 'Say true or false.');
  end if;
  v_token := darkroom.find_provider_token(p_token);
  if v_token.removed_at is not null then
    perform darkroom.refuse('DR409', 'conflict', 'The token was removed, and its secret with it.',
      'Add it again as a new one.');
  end if;

  update darkroom.provider_tokens as t
  set
    active = p_active,
    consecutive_errors = case when p_active then 0 else t.consecutive_errors end,
    cooldown_until = case when p_active then null else t.cooldown_until end
  where t.id = p_token;
  if p_active then
    perform darkroom.ring_workers(array[v_token.provider]);
  end if;
  return query select s.* from darkroom.provider_token_state as s where s.id = p_token;
end
$$;
comment on function darkroom.set_provider_token_active(uuid, boolean) is 'Switches a provider token on (its errors forgiven) or off.';
