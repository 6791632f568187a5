-- Another API key of a provider. The secret is encrypted before it comes here; what does not look so is refused.
-- Writes: provider_tokens, token_slots (trigger). Rings: workers, whose jobs may have waited for it.
-- Called by: operators.
create or replace function darkroom.add_provider_token(
  p_provider text,
  p_label text,
  p_secret_encrypted text,
  p_max_in_flight integer default 1
) returns setof darkroom.provider_token_state
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
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
  perform darkroom.check_encrypted(p_secret_encrypted);

  insert into darkroom.provider_tokens (id, provider, label, secret, max_in_flight, created_at)
  values (v_id, p_provider, coalesce(btrim(p_label), ''), p_secret_encrypted, p_max_in_flight, darkroom.clock());
  perform darkroom.ring_workers(array[p_provider]);
  return query select s.* from darkroom.provider_token_state as s where s.id = v_id;
end
$$;
comment on function darkroom.add_provider_token(text, text, text, integer) is
  'Adds an API key of a provider, encrypted, with so many calls at once; answers what may be shown of it.';
