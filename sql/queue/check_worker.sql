-- What every worker call must bring along.
create or replace function darkroom.check_worker(p_worker text, p_lease interval default '60 s') returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_worker is null or p_worker = '' or length(p_worker) > 200 then
    perform darkroom.invalid('/worker', 'A worker has a name of 1 to 200 characters.',
      'Use something that tells processes apart, such as host and process id.');
  end if;
  if p_lease is null or p_lease <= interval '0' or p_lease > interval '1 day' then
    perform darkroom.invalid('/lease', 'A lease lasts longer than nothing and at most a day.');
  end if;
end
$$;
comment on function darkroom.check_worker(text, interval) is 'Refuses a worker without a name and a lease without a length.';
