-- The classes of failure are a contract between providers and rules: an unknown one is a mistake to mend, not to guess.
create or replace function darkroom.check_failures(p jsonb) returns void
  language plpgsql
  set search_path = ''
as $$
declare
  v_class text;
begin
  select coalesce(i.item ->> 'class', 'null') into v_class
  from jsonb_array_elements(p) as i (item)
  where coalesce(i.item ->> 'class', '') not in
    ('transient', 'timeout', 'rate_limited', 'token_rejected', 'invalid', 'moderated')
  limit 1;
  if found then
    perform darkroom.invalid('/class', format('"%s" is no class of failure.', v_class),
      'Use transient, timeout, rate_limited, token_rejected, invalid or moderated.');
  end if;
  begin
    perform 1
    from jsonb_to_recordset(p) as i (retry_after interval)
    where i.retry_after < interval '0' or i.retry_after > interval '1 day';
    if found then
      perform darkroom.invalid('/retry_after', 'A wait is between nothing and a day.');
    end if;
  exception
    when invalid_datetime_format or datetime_field_overflow or interval_field_overflow then
      perform darkroom.invalid('/retry_after', 'retry_after is not an interval.', 'Write it like "30 s".');
  end;
end
$$;
comment on function darkroom.check_failures(jsonb) is 'Refuses unknown classes of failure and impossible waits.';
