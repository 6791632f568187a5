-- Where in the ring an event lies: by the day on which it happened, in UTC.
create or replace function darkroom.event_slot(p_at timestamptz) returns integer
  language sql
  immutable
  parallel safe
as $$
  select ((p_at at time zone 'UTC')::date - date '2000-01-01') % 9
$$;
comment on function darkroom.event_slot(timestamptz) is 'The slot of the event ring for a moment: the day number modulo 9.';
