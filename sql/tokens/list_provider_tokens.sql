-- Called by: operators.
create or replace function darkroom.list_provider_tokens()
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
  security definer
  set search_path = ''
as $$
  select t.* from darkroom.provider_token_state() as t
$$;
comment on function darkroom.list_provider_tokens() is 'All provider tokens and how they fare: ready, cooling, in use, off or removed. No secrets.';
