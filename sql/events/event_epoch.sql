-- Which history the numbers belong to: the cluster's identity and the timeline that is being written. After a restore or
-- a failover numbers may have been given out twice, and a client that compares epochs notices. Taken from the name of the
-- log file being written, because pg_control_checkpoint() lags behind after a promotion; only a standby, which
-- writes none, has to ask that one.
-- Called by: deliver_events, watch_user. Reads no table; works in read-only transactions.
create or replace function darkroom.event_epoch() returns text
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_system text := (select c.system_identifier::text from pg_control_system() as c);
begin
  if pg_is_in_recovery() then
    return v_system || '-' || (select upper(lpad(to_hex(c.timeline_id), 8, '0')) from pg_control_checkpoint() as c);
  end if;
  return v_system || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);
end
$$;
comment on function darkroom.event_epoch() is 'The epoch of all event numbers: system identifier and timeline.';
