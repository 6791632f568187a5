-- Which of these providers have tokens on record. A provider without any is claimed for freely, as one that needs no key;
-- only the worker knows that it cannot be called without one. So it asks here, and leaves the jobs of the others where they
-- are until somebody adds a token, which rings for it. Rows of tokens stay for ever, so a yes need not be asked again.
-- Called by: workers, for those of their providers that need a key.
create or replace function darkroom.providers_with_tokens(p_providers text[]) returns text[]
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select array(
    select distinct p.provider
    from unnest(p_providers) as p (provider)
    where darkroom.needs_token(p.provider)
    order by 1)
$$;
comment on function darkroom.providers_with_tokens(text[]) is 'Those of these providers that have tokens on record, usable or not.';
