-- When a request's jobs may start: null for now, at most a year ahead.
create or replace function darkroom.run_at_field(p_request jsonb) returns timestamptz
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_text text := darkroom.text_field(p_request, 'run_at', 40);
  v_run_at timestamptz;
begin
  if v_text is null then
    return null;
  end if;
  -- Only the one format: Postgres would also read 'tomorrow'.
  if v_text ~ '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$' then
    begin
      v_run_at := v_text::timestamptz;
    exception
      when data_exception then null;
    end;
  end if;
  if v_run_at is null or v_run_at > darkroom.clock() + interval '1 year' then
    perform darkroom.invalid('/run_at', '"run_at" is a time like 2027-01-31T09:00:00Z, at most a year ahead.');
  end if;
  if v_run_at <= darkroom.clock() then
    return null;
  end if;
  return v_run_at;
end
$$;
comment on function darkroom.run_at_field(jsonb) is 'The start time of a request, checked; null for now.';
