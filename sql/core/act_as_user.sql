-- The beginning of every client function: who is calling, with the mutex held. Client functions run as their owner, so
-- row-level security does not bind them; they take no user as a parameter but ask here, and a catalogue test proves
-- that none forgot.
-- Locks: the user's mutex. Waits.
create or replace function darkroom.act_as_user() returns uuid
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
begin
  perform darkroom.lock_users(array[v_user]);
  perform set_config('darkroom.seq', v_user || ' ' || darkroom.head_seq(v_user), true);  -- for caller_seq
  return v_user;
end
$$;
comment on function darkroom.act_as_user() is 'The user of the connection with the mutex held, or DR401.';
