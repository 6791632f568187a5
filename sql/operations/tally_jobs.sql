-- What a worker adds to the tallies: calls it made since it last did so, [{provider, kind, outcome, jobs, seconds,
-- buckets}]. Sums of some seconds rather than a count with each job, because everybody's jobs would wait for the same few
-- rows then.
-- Writes: job_tallies. Called by: workers, every few seconds.
create or replace function darkroom.tally_jobs(p_tallies jsonb) returns void
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_tallies is null or jsonb_typeof(p_tallies) <> 'array' or jsonb_array_length(p_tallies) > 1000 then
    perform darkroom.invalid('/tallies', 'Tallies are a list of at most 1000.', 'Send what was counted since the last time.');
  end if;
  if exists (
    select
    from jsonb_array_elements(p_tallies) as t (item)
    where jsonb_typeof(t.item) <> 'object'
      or coalesce(t.item ->> 'provider', '') !~ '^[a-z][a-z0-9_-]{0,49}$'
      or coalesce(t.item ->> 'kind', '') not in ('image', 'caption')
      or coalesce(t.item ->> 'outcome', '') !~ '^[a-z][a-z_]{0,29}$'
      or darkroom.is_whole(t.item -> 'jobs', 0, 1000000000) is not true
      or case jsonb_typeof(t.item -> 'seconds')
        when 'number' then (t.item -> 'seconds')::numeric not between 0 and 1000000000
        else true
      end
      or case jsonb_typeof(t.item -> 'buckets')
        when 'array' then jsonb_array_length(t.item -> 'buckets') <> 9 or exists (
          select from jsonb_array_elements(t.item -> 'buckets') as b (jobs)
          where darkroom.is_whole(b.jobs, 0, 1000000000) is not true)
        else true
      end
  ) then
    perform darkroom.invalid('/tallies', 'A tally is {provider, kind, outcome, jobs, seconds, buckets}, its numbers not below 0.');
  end if;
  insert into darkroom.job_tallies as t (provider, kind, outcome, jobs, seconds, buckets)
  select
    i.provider, i.kind, i.outcome, i.jobs, i.seconds,
    array(select b.jobs::bigint from jsonb_array_elements_text(i.buckets) with ordinality as b (jobs, place) order by b.place)
  from jsonb_to_recordset(p_tallies) as i (provider text, kind text, outcome text, jobs bigint, seconds double precision, buckets jsonb)
  order by i.provider, i.kind, i.outcome
  on conflict (provider, kind, outcome) do update
  set
    jobs = t.jobs + excluded.jobs,
    seconds = t.seconds + excluded.seconds,
    buckets = array(
      select b.was + b.more
      from unnest(t.buckets, excluded.buckets) with ordinality as b (was, more, place)
      order by b.place);
end
$$;
comment on function darkroom.tally_jobs(jsonb) is 'Adds a worker''s [{provider, kind, outcome, jobs, seconds, buckets}] to the tallies.';
