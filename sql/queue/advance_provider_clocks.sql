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
    select f.provider, -f.rank as priority, max(f.fair_key) as clock
    from unnest(p_found) as f
    where f.user_id = any (p_locked)
    group by f.provider, f.rank
  ) as n
  where p.ctid = (
    select c.ctid
    from darkroom.provider_clocks as c
    where c.provider = n.provider and c.priority = n.priority and c.clock < n.clock
    for no key update skip locked);
end
$$;
comment on function darkroom.advance_provider_clocks(darkroom.ready_job[], uuid[]) is 'Raises the providers'' clocks to the highest keys just claimed.';
