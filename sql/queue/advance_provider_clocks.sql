-- The present of the fair queue moves on to the highest key claimed. Skip locked: a clock raised a moment late lets a
-- newcomer in a little early, which harms nobody.
-- Writes: provider_clocks. Called by: claim_jobs.
create or replace function darkroom.advance_provider_clocks(p_found darkroom.ready_job[], p_locked uuid[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  update darkroom.provider_clocks as p
  set clock = n.clock
  from (
    select c.provider, c.priority, f.clock
    from (
      select f.provider, -f.rank as priority, max(f.fair_key) as clock
      from unnest(p_found) as f
      where f.user_id = any (p_locked)
      group by f.provider, f.rank
    ) as f
    join darkroom.provider_clocks as c on c.provider = f.provider and c.priority = f.priority and c.clock < f.clock
    order by c.provider, c.priority
    for no key update of c skip locked
  ) as n
  where p.provider = n.provider and p.priority = n.priority and p.clock < n.clock;
end
$$;
comment on function darkroom.advance_provider_clocks(darkroom.ready_job[], uuid[]) is 'Raises the providers'' clocks to the highest keys just claimed.';
