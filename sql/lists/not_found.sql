-- One sentence for what is unknown and for what belongs to somebody else: the two must not be told apart.
create or replace function darkroom.not_found(p_kind text) returns void
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform darkroom.refuse('DR404', 'not-found', format('There is no such %s.', p_kind));
end
$$;
comment on function darkroom.not_found(text) is 'Raises DR404 not-found for a kind of thing.';
