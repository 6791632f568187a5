-- The list that worker calls take, [{"job_id": 1, "lease_no": 2, …}, …], parsed once into rows. What cannot be read is
-- refused by name; the block around the parsing is what turns Postgres' own complaint into ours.
create or replace function darkroom.read_items(p jsonb) returns darkroom.job_item[]
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_items darkroom.job_item[];
  v_nameless boolean;
begin
  if p is null or jsonb_typeof(p) <> 'array' then
    perform darkroom.invalid('', 'A list of jobs is expected.', 'Send [{"job_id": …, "lease_no": …}, …].');
  end if;
  if jsonb_array_length(p) > 1000 then
    perform darkroom.invalid('', 'At most 1000 jobs go in one call.', 'Send them in several.');
  end if;
  begin
    select array_agg(row(
      (i.item -> 'job_id')::bigint, (i.item -> 'lease_no')::bigint, i.item -> 'result', i.item ->> 'class', i.item ->> 'message',
      (i.item ->> 'retry_after')::interval)::darkroom.job_item),
      bool_or((i.item -> 'job_id' = 'null') is not false or (i.item -> 'lease_no' = 'null') is not false)
    into v_items, v_nameless
    from jsonb_array_elements(p) as i (item);
  exception
    when data_exception then
      perform darkroom.invalid('', 'A list of jobs is expected, each an object: ' || sqlerrm || '.',
        'job_id and lease_no are whole numbers, retry_after is an interval such as "30 s".');
  end;
  if v_nameless then
    perform darkroom.invalid('', 'Each item names a job_id and a lease_no.', 'Both come with the claim.');
  end if;
  return coalesce(v_items, '{}');
end
$$;
comment on function darkroom.read_items(jsonb) is 'The list of jobs of a worker''s call, as rows, or DR422.';
