-- The workers' doorbell: rung only while some worker sleeps on one of these providers. Sleeping workers say so in
-- provider_clocks.idle_until and then look once more (how: sleep_until), so a job is either seen then or rings the bell.
-- Called by: everything that makes jobs ready.
create or replace function darkroom.ring_workers(p_providers text[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select
    from darkroom.provider_clocks as p
    where p.provider = any (p_providers) and p.priority = 0 and p.idle_until > darkroom.clock()
  ) then
    perform pg_notify('darkroom_jobs', '');
  end if;
end
$$;
comment on function darkroom.ring_workers(text[]) is 'Rings darkroom_jobs if a worker sleeps on one of these providers.';
