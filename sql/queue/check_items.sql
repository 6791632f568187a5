-- The list that worker calls take: [{"job_id": 1, "lease_no": 2, …}, …].
create or replace function darkroom.check_items(p jsonb) returns void
  language plpgsql
  set search_path = ''
as $$
begin
  if p is null or jsonb_typeof(p) <> 'array' then
    perform darkroom.invalid('', 'A list of jobs is expected.', 'Send [{"job_id": …, "lease_no": …}, …].');
  end if;
  if jsonb_array_length(p) > 1000 then
    perform darkroom.invalid('', 'At most 1000 jobs go in one call.', 'Send them in several.');
  end if;
  if exists (
    select
    from jsonb_array_elements(p) as i (item)
    where jsonb_typeof(i.item) <> 'object'
      or coalesce(i.item ->> 'job_id', '') !~ '^\d{1,18}$'
      or coalesce(i.item ->> 'lease_no', '') !~ '^\d{1,18}$'
  ) then
    perform darkroom.invalid('', 'Each item names a job_id and a lease_no, both whole numbers.',
      'Both come with the claim.');
  end if;
end
$$;
comment on function darkroom.check_items(jsonb) is 'Refuses a list of jobs that is not [{job_id, lease_no, …}].';
