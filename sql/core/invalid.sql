-- Shorthand for the most frequent refusal: a field of a request that cannot be accepted.
create or replace function darkroom.invalid(p_pointer text, p_message text, p_hint text default '') returns void
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform darkroom.refuse('DR422', 'invalid-request', p_message, p_hint, p_pointer);
end
$$;
comment on function darkroom.invalid(text, text, text) is 'Raises DR422 invalid-request for the field at a JSON pointer.';
