-- Errors are counted per token. A rate limit cools the token down for as long as the provider asked (30 s if it did not
-- say); a rejected token is switched off until an operator looks at it.
-- Locks: provider_tokens, by id, last of all. Writes: provider_tokens. Called by: settle_failures.
create or replace function darkroom.blame_tokens(p_blame jsonb) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
begin
  perform 1
  from darkroom.provider_tokens as t
  where t.id in (select b.token_id from jsonb_to_recordset(p_blame) as b (token_id uuid))
  order by t.id
  for no key update;

  update darkroom.provider_tokens as t
  set
    error_count = t.error_count + b.errors,
    consecutive_errors = t.consecutive_errors + b.errors,
    last_error = left(b.message, 1000),
    last_error_at = v_now,
    active = t.active and not b.rejected,
    cooldown_until = greatest(t.cooldown_until, v_now + b.cooldown)
  from (
    select
      b.token_id,
      count(*) as errors,
      max(b.message) as message,
      bool_or(b.class = 'token_rejected') as rejected,
      max(case when b.retry_after > '0' then b.retry_after else interval '30 s' end) filter (where b.class = 'rate_limited')
        as cooldown
    from jsonb_to_recordset(p_blame) as b (token_id uuid, class text, message text, retry_after interval)
    group by b.token_id
  ) as b
  where t.id = b.token_id;
end
$$;
comment on function darkroom.blame_tokens(jsonb) is 'Counts errors of tokens, cools down the rate-limited and switches off the rejected.';
