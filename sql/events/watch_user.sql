-- From now on a relay wants to hear of this user: for 60 seconds, to be renewed every 20. It calls this alone, commits,
-- and only then reads the backlog: a writer either saw the mark and rings, or had committed before the backlog was read.
-- Locks: the user's mutex; waits, so the caller sets a lock_timeout and polls the user it cannot mark.
-- Writes: event_heads. Called by: the relay.
create or replace function darkroom.watch_user(p_user uuid)
  returns table (seq bigint, epoch text, totals jsonb)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_head darkroom.event_heads;
begin
  update darkroom.event_heads as h
  set watched_until = greatest(h.watched_until, darkroom.clock() + interval '60 s')
  where h.user_id = p_user
  returning h.* into v_head;
  -- In a statement of its own: the one above may have waited, and would show the balance of before.
  return query
  select
    v_head.seq, darkroom.event_epoch(),
    jsonb_build_object('active', v_head.active_count, 'unviewed', v_head.unviewed_count, 'credits', u.credits)
  from darkroom.users as u
  where u.id = v_head.user_id;
end
$$;
comment on function darkroom.watch_user(uuid) is
  'Marks a user as watched for 60 seconds and answers its head; to be committed before the backlog is read.';
