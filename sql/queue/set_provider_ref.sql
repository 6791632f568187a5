-- The provider's own name for a running call, kept before polling begins: whoever takes the job over resumes it and does
-- not buy it again. Fenced: a worker that lost the job cannot overwrite what the next one stored.
-- Writes: jobs (no status change, so the triggers return at once).
create or replace function darkroom.set_provider_ref(p_job bigint, p_lease_no bigint, p_ref text) returns boolean
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_ref is null or length(p_ref) not between 1 and 2000 then
    perform darkroom.invalid('/ref', 'A provider''s reference has 1 to 2000 characters.');
  end if;
  perform darkroom.lock_users(array(select j.user_id from darkroom.jobs as j where j.id = p_job));
  update darkroom.jobs as j
  set provider_ref = p_ref
  where j.id = p_job and j.lease_no = p_lease_no and j.status = 'processing';
  return found;
end
$$;
comment on function darkroom.set_provider_ref(bigint, bigint, text) is 'Stores the provider''s reference of a running call; false if the lease is lost.';
