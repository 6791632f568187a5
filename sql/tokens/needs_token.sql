-- A provider with tokens on record is called with one of them or not at all, even while every one is switched off.
create or replace function darkroom.needs_token(p_provider text) returns boolean
  language sql
  stable
as $$
  select exists (select from darkroom.provider_tokens as t where t.provider = p_provider)
$$;
comment on function darkroom.needs_token(text) is 'Whether calls of this provider need a token slot.';
