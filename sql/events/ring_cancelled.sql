-- Tells workers that leases of theirs were revoked: the payload names the worker, so others go on sleeping.
create or replace function darkroom.ring_cancelled(p_workers text[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('darkroom_cancels', left(w.worker, 200))
  from (select distinct u.worker from unnest(p_workers) as u (worker)) as w;
end
$$;
comment on function darkroom.ring_cancelled(text[]) is 'Rings darkroom_cancels, once per worker with a revoked lease.';
