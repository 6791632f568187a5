-- The caller's event number that a refusal may tell: a client that follows the events after it misses nothing. In a
-- transaction that changes something it is the one that act_as_user found, since what is appended later goes when the
-- refusal takes the transaction back; one that only reads has its snapshot's. Null for nobody.
-- Called by: refuse.
create or replace function darkroom.caller_seq() returns bigint
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.current_user_id();
  v_noted text[] := string_to_array(current_setting('darkroom.seq', true), ' ');
begin
  return case when v_noted[1] = v_user::text then v_noted[2]::bigint else darkroom.head_seq(v_user) end;
end
$$;
comment on function darkroom.caller_seq() is 'The event number of the current user, as of before the transaction''s own changes.';
