-- A success ends a token's run of errors. Only rows that had one are written, so success costs nothing.
-- Locks: provider_tokens, by id, last of all. Writes: provider_tokens.
create or replace function darkroom.forgive_tokens(p_tokens uuid[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  update darkroom.provider_tokens as t
  set consecutive_errors = 0
  from (
    select e.id
    from darkroom.provider_tokens as e
    where e.id = any (p_tokens) and e.consecutive_errors > 0
    order by e.id
    for no key update
  ) as f
  where t.id = f.id;
end
$$;
comment on function darkroom.forgive_tokens(uuid[]) is 'Ends the run of errors of tokens that just worked.';
