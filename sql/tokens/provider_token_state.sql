-- What operators see of provider tokens: everything but the secret, which leaves the database only with a claim.
-- in use: every slot is taken. A slot above a lowered max_in_flight still counts until its job ends.
-- Read by: the functions of operators on tokens; granted to nobody.
create or replace view darkroom.provider_token_state as
  select
    t.id, t.provider, t.label,
    case
      when t.removed_at is not null then 'removed'
      when not t.active then 'off'
      when t.cooldown_until > darkroom.clock() then 'cooling'
      when s.in_flight >= t.max_in_flight then 'in use'
      else 'ready'
    end as state,
    t.max_in_flight, s.in_flight, s.requests, t.error_count as errors, t.consecutive_errors, t.last_error, t.last_error_at,
    s.last_used_at, t.cooldown_until, t.created_at, t.removed_at
  from darkroom.provider_tokens as t
  cross join lateral (
    select
      count(*) filter (where k.job_id is not null) as in_flight,
      coalesce(sum(k.request_count), 0)::bigint as requests,
      nullif(max(k.last_used_at), '-infinity') as last_used_at
    from darkroom.token_slots as k
    where k.token_id = t.id
  ) as s;
comment on view darkroom.provider_token_state is 'Provider tokens as operators may see them: ready, cooling, in use, off or removed. No secrets.';
