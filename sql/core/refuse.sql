-- Every refusal a client must tell apart leaves through here. The SQLSTATE says the class, and the diagnostic fields
-- carry what a program needs, so that nobody parses sentences: CONSTRAINT the kind (the last part of a problem's type),
-- COLUMN the JSON pointer of the offending field, DATATYPE the caller's event number, DETAIL facts as JSON.
--
-- The number is what a client may follow from, so it must not be above what the refusal was judged by: in a call that
-- changes something it is that of act_as_user, before events that this refusal takes back; else that of the snapshot
-- that the caller reads, which is what `stable` keeps, here and in what only calls this.
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
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_seq text := coalesce(case when p_code <> 'DR401' then darkroom.caller_seq() end::text, '');
begin
  -- Three forms, because an empty HINT or DETAIL would be printed as an empty line.
  if p_detail <> '' then
    raise exception using
      errcode = p_code, constraint = p_kind, message = p_message, hint = p_hint, column = p_pointer, datatype = v_seq,
      schema = 'darkroom', detail = p_detail;
  elsif p_hint <> '' then
    raise exception using
      errcode = p_code, constraint = p_kind, message = p_message, hint = p_hint, column = p_pointer, datatype = v_seq,
      schema = 'darkroom';
  else
    raise exception using
      errcode = p_code, constraint = p_kind, message = p_message, column = p_pointer, datatype = v_seq, schema = 'darkroom';
  end if;
end
$$;
comment on function darkroom.refuse(text, text, text, text, text, text) is 'Raises a refusal: SQLSTATE, kind, sentence, what to do, JSON pointer, facts; and the caller''s event number.';
