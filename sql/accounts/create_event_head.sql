-- Every user has a head from the first moment: without it no event of the user could be numbered.
-- Writes: event_heads. Called by: trigger t10_create_event_head on users.
create or replace function darkroom.create_event_head() returns trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  insert into darkroom.event_heads (user_id)
  select n.id from new_rows as n;
  return null;
end
$$;
comment on function darkroom.create_event_head() is 'Trigger: gives each new user its event head.';

create or replace trigger t10_create_event_head
  after insert on darkroom.users
  referencing new table as new_rows
  for each statement execute function darkroom.create_event_head();
