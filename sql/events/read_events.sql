-- The event log for clients that poll: what happened after a number, or, without one, just the head. What cannot be
-- continued (too old, above the head, of another epoch) is DR410, with the head to go on from in DETAIL, after reading
-- everything anew.
-- Called by: clients.
create or replace function darkroom.read_events(p_after bigint default null, p_limit integer default 100, p_epoch text default null)
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_read record;
begin
  if p_after < 0 then
    perform darkroom.invalid('/after', 'The number of an event is not negative.');
  end if;
  select d.* into v_read
  from darkroom.deliver_events(
    jsonb_build_array(jsonb_build_object('user_id', v_user, 'after', p_after, 'epoch', p_epoch)), p_limit) as d;
  if v_read.reset then
    perform darkroom.refuse('DR410', 'events-expired', 'The events cannot be continued after this number.',
      'Read again what you show, and go on from the number that comes with it.', '',
      jsonb_build_object('seq', v_read.seq, 'epoch', v_read.epoch)::text);
  end if;
  return jsonb_build_object(
    'items', v_read.items::jsonb,
    'seq', v_read.seq,
    'epoch', v_read.epoch,
    'next_after', v_read.next_after,
    'has_more', v_read.has_more,
    'totals', v_read.totals);
end
$$;
comment on function darkroom.read_events(bigint, integer, text) is
  'The current user''s events after a number: {items, seq, epoch, next_after, has_more, totals}; DR410 when they are gone.';
