-- Retention. The ring has nine slots, one per day: today's is being written, the seven before it are what clients may
-- still ask for, and the one after today holds the day before those seven and is the next to be written. It is
-- truncated any time before its day comes, so seven full days stay. Not in the last two hours before midnight UTC: a
-- server whose clock is ahead may be writing into it already.
--
-- Truncating takes every reader's and writer's lock away from this one partition; behind an open report it gives up
-- after 100 ms, rather than letting all others queue up behind it, and is tried again later.
-- Locks: one partition of events, exclusively. Called by: maintenance, any worker, every few minutes.
-- Answers whether something was removed.
create or replace function darkroom.truncate_event_slot() returns boolean
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '100ms'
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_slot integer := (darkroom.event_slot(v_now) + 1) % 9;
  v_filled boolean;
begin
  if (v_now at time zone 'UTC')::time >= time '22:00' then
    return false;
  end if;
  begin
    execute format('select exists (select from darkroom.events_%s)', v_slot) into v_filled;
    if v_filled then
      execute format('truncate darkroom.events_%s', v_slot);
    end if;
    return v_filled;
  exception
    when lock_not_available then return false;
  end;
end
$$;
comment on function darkroom.truncate_event_slot() is 'Empties tomorrow''s slot of the event ring, which holds the day before the last seven; false if there was nothing to do or somebody was reading.';
