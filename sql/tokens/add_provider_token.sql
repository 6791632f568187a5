-- Another API key of a provider. The secret is encrypted before it comes here; what does not look so is refused, since
-- a secret in clear would stay in the tables, the write-ahead log and every backup.
-- Writes: provider_tokens, token_slots (trigger). Rings: workers, whose jobs may have waited for it.
-- Called by: operators.
create or replace function darkroom.add_provider_token(
  p_provider text,
  p_label text,
  p_secret_encrypted text,
  p_max_in_flight integer default 1
) returns table (
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
  language plpgsql
  security definer
  set search_path = ''
as $$
#variable_conflict use_column
declare
  v_id uuid := darkroom.uuid7();
begin
  if p_provider is null or p_provider !~ '^[a-z][a-z0-9_-]{0,49}$' then
    perform darkroom.invalid('/provider', 'A provider is named in small letters, digits, - and _.',
      'Write it as the models do, such as openrouter.');
  end if;
  if length(p_label) > 100 or p_label ~ '[[:cntrl:]]' then
    perform darkroom.invalid('/label', 'A label has at most 100 characters, on one line.', 'Shorten it.');
  end if;
  if p_max_in_flight is null or p_max_in_flight not between 1 and 1000 then
    perform darkroom.invalid('/max_in_flight', 'A token allows 1 to 1000 calls at once.', 'Give a number in that range.');
  end if;
  if p_secret_encrypted is null or length(p_secret_encrypted) > 20000
    or p_secret_encrypted !~ '^v1:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]+$' then
    perform darkroom.invalid('/secret', 'The secret is not encrypted.',
      'Use `darkroom token add`, which encrypts it first; never hand a secret to psql.');
  end if;

  insert into darkroom.provider_tokens (id, provider, label, secret, max_in_flight, created_at)
  values (v_id, p_provider, coalesce(btrim(p_label), ''), p_secret_encrypted, p_max_in_flight, darkroom.clock());
  perform darkroom.ring_workers(array[p_provider]);
  return query select t.* from darkroom.provider_token_state(v_id) as t;
end
$$;
comment on function darkroom.add_provider_token(text, text, text, integer) is
  'Adds an API key of a provider, encrypted, with so many calls at once; answers what may be shown of it.';
