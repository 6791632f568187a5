-- A worker is about to sleep: from now on jobs for these providers ring the bell. It must commit this, claim once more,
-- and only then sleep.
--
-- Once more is not enough to miss none: a request under way at the moment of that commit may have looked for sleepers
-- before it, and be invisible to the claim after it (3 of 200 under a hammering test). Ask for a pg_current_xact_id()
-- after the commit: all such requests have a lower one, and have ended when pg_snapshot_xmin(pg_current_snapshot()) is
-- above it; the claim after that sees what they wrote. (The snapshot's own xmax will not do: it is one past the highest
-- that has ended, and a running one may be above it.) A worker that just looks again a moment later is late by that moment at most. It is rare,
-- since the mark is missing only when a worker falls asleep; so say a time a little later than the next look.
-- Writes: provider_clocks.
create or replace function darkroom.sleep_until(p_providers text[], p_until timestamptz) returns void
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_providers is null then
    perform darkroom.invalid('/providers', 'A worker that sleeps names its providers.', 'Name all, if it serves all.');
  end if;
  if p_until is null or p_until > darkroom.clock() + interval '1 hour' then
    perform darkroom.invalid('/until', 'A worker sleeps for an hour at most.');
  end if;
  if exists (select from unnest(p_providers) as p (provider) where coalesce(p.provider, '') !~ '^[a-z][a-z0-9_-]{0,49}$') then
    perform darkroom.invalid('/providers', 'A provider is named in small letters, digits, - and _.',
      'Write it as the models do, such as openrouter.');
  end if;
  insert into darkroom.provider_clocks as c (provider, priority, idle_until)
  select distinct p.provider, 0, p_until
  from unnest(p_providers) as p (provider)
  order by 1
  on conflict (provider, priority) do update
  set idle_until = greatest(c.idle_until, excluded.idle_until);
end
$$;
comment on function darkroom.sleep_until(text[], timestamptz) is 'Says that a worker for these providers sleeps and wants the bell.';
