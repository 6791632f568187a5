-- The only writer of the event log. Under the users' mutexes it advances each head (number, totals) and inserts the
-- events with their numbers, in one statement. The bell rings for watched users only: notifying commits queue up behind
-- one global lock, so a user nobody watches must cost nothing. A worker turns its bells off and rings after its commit,
-- in a transaction of its own (ring_users).
--
-- at never goes back for a user, whatever the clock does, since the ring's slot is computed from it. Heads are found from
-- the end of their index entries, see try_lock_users. That is right while the caller holds them; a change made by hand
-- holds nothing, and is told to try again if a head moved on while it waited.
-- Lock order: the caller holds the heads. Writes: event_heads, events.
create or replace function darkroom.append_events(
  p_events darkroom.new_event[],
  p_changes darkroom.head_change[] default '{}'
) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = on
  set enable_mergejoin = on
  set enable_memoize = off
  set jit = off
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_inserted bigint;
  v_watched uuid[];
begin
  with wanted as (
    select
      w.user_id,
      sum(w.events) as events,
      sum(w.active) as active,
      sum(w.unviewed) as unviewed,
      sum(w.active_jobs) as active_jobs,
      sum(w.storage_bytes) as storage_bytes
    from (
      select e.user_id, 1 as events, 0 as active, 0 as unviewed, 0 as active_jobs, 0 as storage_bytes
      from unnest(p_events) as e
      union all
      select c.user_id, 0, c.active, c.unviewed, c.active_jobs, c.storage_bytes
      from unnest(p_changes) as c
    ) as w
    group by w.user_id
  ),
  advanced as (
    update darkroom.event_heads as h
    set
      seq = h.seq + w.events,
      last_at = case when w.events > 0 then greatest(v_now, h.last_at) else h.last_at end,
      active_count = h.active_count + w.active,
      unviewed_count = h.unviewed_count + w.unviewed,
      active_jobs = h.active_jobs + w.active_jobs,
      storage_bytes = h.storage_bytes + w.storage_bytes
    from wanted as w
    where h.ctid = (
      select n.ctid
      from darkroom.event_heads as n
      where n.user_id between w.user_id and w.user_id
      order by n.user_id desc
      limit 1)
    returning h.user_id, h.seq - w.events as before, h.last_at, h.watched_until
  ),
  inserted as (
    insert into darkroom.events
      (user_id, seq, slot, at, kind, generation_id, card_id, job_id, image_id, batch_id, conversation_id, project_id,
       collection_id, detail)
    select
      e.user_id, a.before + row_number() over (partition by e.user_id order by e.position),
      darkroom.event_slot(a.last_at), a.last_at, e.kind, e.generation_id, e.card_id, e.job_id,
      e.image_id, e.batch_id, e.conversation_id, e.project_id, e.collection_id, e.detail
    from unnest(p_events) with ordinality as e (
      user_id, kind, generation_id, card_id, job_id, image_id, batch_id, conversation_id, project_id, collection_id, detail,
      position)
    -- A full join can only hash or merge; a head without an event has no number to give and is left out below.
    full join advanced as a on a.user_id = e.user_id
    where e.user_id is not null and a.user_id is not null
    returning 1
  )
  select
    (select count(*) from inserted),
    (select array_agg(a.user_id) from advanced as a where a.watched_until > v_now)
  into v_inserted, v_watched;

  if v_inserted <> cardinality(p_events) then
    if not exists (
      select from unnest(p_events) as e
      where not exists (select from darkroom.event_heads as h where h.user_id = e.user_id))
    then
      raise exception using errcode = 'serialization_failure', message = 'Another change of this user came in between.',
        hint = 'Try again.';
    end if;
    raise exception 'only % of % events could be numbered: a user has no event head', v_inserted, cardinality(p_events);
  end if;
  if v_watched is not null and current_setting('darkroom.bells', true) is distinct from 'off' then
    perform pg_notify('darkroom_events', w.user_id::text) from unnest(v_watched) as w (user_id);
  end if;
end
$$;
comment on function darkroom.append_events(darkroom.new_event[], darkroom.head_change[]) is
  'Numbers and writes events and moves the totals of their users'' heads; the caller holds the mutexes.';
