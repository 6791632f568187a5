-- A slot whose lease is gone (a row deleted by hand) would be taken for ever, and its token could do one call less. Slots
-- and leases are written in one transaction and seen here in one snapshot, so what has no lease has lost it.
-- Locks: token_slots, skip locked. Writes: token_slots. Called by: mend_jobs.
create or replace function darkroom.free_lost_slots() returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  update darkroom.token_slots as s
  set job_id = null
  from (
    select c.token_id, c.slot, c.job_id
    from darkroom.token_slots as c
    where c.job_id is not null
      and not exists (
        select from darkroom.leases as l where l.job_id = c.job_id and l.token_id = c.token_id and l.slot = c.slot)
    for no key update of c skip locked
  ) as f
  where s.token_id = f.token_id and s.slot = f.slot and s.job_id = f.job_id;
end
$$;
comment on function darkroom.free_lost_slots() is 'Frees token slots that no lease holds any more.';
