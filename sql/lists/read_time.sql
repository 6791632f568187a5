-- A moment of a request, or null when it is absent. Without an offset it is UTC, whatever the session thinks.
create or replace function darkroom.read_time(p_request jsonb, p_field text) returns timestamptz
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_text text := p_request ->> p_field;
  v_at timestamptz;
begin
  if v_text is null then
    return null;
  end if;
  if v_text !~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$' then
    perform darkroom.invalid('/' || p_field, format('"%s" is not a time.', p_field), 'Write it like 2026-03-01T12:00:00Z.');
  end if;
  begin
    v_at := v_text::timestamptz;
  exception
    when data_exception then
      perform darkroom.invalid('/' || p_field, format('"%s" is not a time.', p_field), 'Write it like 2026-03-01T12:00:00Z.');
  end;
  return v_at;
end
$$;
comment on function darkroom.read_time(jsonb, text) is 'A time field of a request, checked; UTC unless it says otherwise; null when absent.';
