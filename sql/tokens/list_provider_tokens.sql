-- Called by: operators.
create or replace function darkroom.list_provider_tokens() returns setof darkroom.provider_token_state
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select t.*
  from darkroom.provider_token_state as t
  order by t.removed_at is not null, t.provider, t.label, t.created_at, t.id
$$;
comment on function darkroom.list_provider_tokens() is 'All provider tokens and how they fare: ready, cooling, in use, off or removed. No secrets.';
