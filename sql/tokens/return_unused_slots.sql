-- A queue entry can be stale (its job was changed by hand): the slot taken for it goes back.
-- Writes: token_slots. Called by: claim_jobs.
create or replace function darkroom.return_unused_slots(p_slots darkroom.token_slots[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  update darkroom.token_slots as s
  set job_id = null
  from unnest(p_slots) as u
  where s.token_id = u.token_id and s.slot = u.slot and s.job_id = u.job_id
    and not exists (select from darkroom.leases as l where l.job_id = u.job_id);
end
$$;
comment on function darkroom.return_unused_slots(darkroom.token_slots[]) is 'Frees the slots taken for jobs that were not started after all.';
