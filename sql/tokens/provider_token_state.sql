-- What operators see of provider tokens: everything but the secret, which leaves the database only with a claim.
-- in use: every slot is taken. A slot above a lowered max_in_flight still counts until its job ends.
-- Called by: the functions of operators on tokens.
create or replace function darkroom.provider_token_state(p_token uuid default null)
  returns table (
    id uuid,
    provider text,
    label text,
    state text,
    max_in_flight smallint,
    in_flight bigint,
    requests numeric,
    errors bigint,
    consecutive_errors integer,
    last_error text,
    last_error_at timestamptz,
    last_used_at timestamptz,
    cooldown_until timestamptz,
    created_at timestamptz,
    removed_at timestamptz
  )
  language sql
  stable
  set search_path = ''
as $$
  select
    t.id, t.provider, t.label,
    case
      when t.removed_at is not null then 'removed'
      when not t.active then 'off'
      when t.cooldown_until > darkroom.clock() then 'cooling'
      when s.in_flight >= t.max_in_flight then 'in use'
      else 'ready'
    end,
    t.max_in_flight, s.in_flight, s.requests, t.error_count, t.consecutive_errors, t.last_error, t.last_error_at,
    nullif(s.last_used_at, '-infinity'), t.cooldown_until, t.created_at, t.removed_at
  from darkroom.provider_tokens as t
  cross join lateral (
    select
      count(*) filter (where k.job_id is not null) as in_flight,
      coalesce(sum(k.request_count), 0) as requests,
      max(k.last_used_at) as last_used_at
    from darkroom.token_slots as k
    where k.token_id = t.id
  ) as s
  where p_token is null or t.id = p_token
  order by t.removed_at is not null, t.provider, t.label, t.created_at, t.id
$$;
comment on function darkroom.provider_token_state(uuid) is 'One token or all of them, as operators may see them: no secrets.';
