-- Every refusal a client must tell apart leaves through here. The SQLSTATE says the class, and the diagnostic fields
-- carry what a program needs, so that nobody parses sentences: CONSTRAINT the kind (the last part of a problem's type),
-- COLUMN the JSON pointer of the offending field, DETAIL facts as JSON.
-- Called by: everything.
create or replace function darkroom.refuse(
  p_code text,
  p_kind text,
  p_message text,
  p_hint text default '',
  p_pointer text default '',
  p_detail text default ''
) returns void
  language plpgsql
  set search_path = ''
as $$
begin
  raise exception using
    errcode = p_code,
    constraint = p_kind,
    message = p_message,
    hint = coalesce(p_hint, ''),
    column = coalesce(p_pointer, ''),
    detail = coalesce(p_detail, ''),
    schema = 'darkroom';
end
$$;
comment on function darkroom.refuse(text, text, text, text, text, text) is 'Raises a refusal: SQLSTATE, kind, sentence, what to do, JSON pointer, facts.';
