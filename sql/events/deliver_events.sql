-- The relay's read: what happened after each of these positions [{user_id, after, epoch}], at most p_limit events for
-- each, with the present state of everything they name. One call, one snapshot, however many users: head, events and
-- objects agree with each other. A row answers each position of a known user, in the order asked, and repeats its after;
-- null asks for the head alone.
--
-- What is not contiguous is a reset, whatever caused it: another epoch, a position above the head, a first event that is
-- not after + 1, a hole, or fewer events than the head promises. So a gap cannot be delivered. A reset delivers nothing
-- and goes on from the head.
--
-- data has what the builders of single reads make, once for all events of a position that name the same thing; what was
-- purged is absent. A project or collection comes with its own events only, not with every generation that belongs to it.
--
-- Most calls ask for one user, of whom one thing happened, and starting a statement costs more than its work. So there are
-- three small ones for a position, not a large one for all of them; and what will only be sent is put together as text.
-- Called by: the relay (for users it has authenticated), read_events. Not for clients: it takes users.
drop function if exists darkroom.deliver_events(jsonb, integer);  -- its items were jsonb
create or replace function darkroom.deliver_events(p_cursors jsonb, p_limit integer default 100)
  returns table (
    user_id uuid, after bigint, seq bigint, epoch text, totals jsonb, reset boolean, items text, next_after bigint, has_more boolean
  )
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
#variable_conflict use_column
declare
  v_cursor jsonb;
  v_last_at timestamptz;
  v_slot integer;
  v_slot_max integer;
  v_found record;
  v_event darkroom.events;
  v_objects jsonb;
  v_items text[];
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    perform darkroom.invalid('/limit', 'Between 1 and 1000 events are read at once.');
  end if;
  if p_cursors is null or jsonb_typeof(p_cursors) <> 'array' then
    perform darkroom.invalid('/cursors', 'The positions are a list of {"user_id", "after", "epoch"}.');
  end if;
  epoch := darkroom.event_epoch();

  for v_place in 0 .. jsonb_array_length(p_cursors) - 1 loop
    v_cursor := p_cursors -> v_place;
    if jsonb_typeof(v_cursor) <> 'object'
      or v_cursor ->> 'user_id' !~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
      or darkroom.is_whole(v_cursor -> 'after', -9223372036854775808, 9223372036854775807) is false
    then
      perform darkroom.invalid('/cursors', 'The positions are a list of {"user_id", "after", "epoch"}.');
    end if;
    user_id := v_cursor ->> 'user_id';
    after := v_cursor ->> 'after';
    select h.seq, h.last_at, jsonb_build_object('active', h.active_count, 'unviewed', h.unviewed_count, 'credits', u.credits)
    into seq, v_last_at, totals
    from darkroom.event_heads as h
    join darkroom.users as u on u.id = h.user_id
    where h.user_id = deliver_events.user_id;
    continue when not found;

    reset := coalesce(v_cursor ->> 'epoch' <> epoch, false) or coalesce(after not between 0 and seq, false);
    items := '[]';
    next_after := seq;
    if not reset and after < seq then
      -- What is new lies in one slot, as a rule.
      v_slot := darkroom.event_slot(v_last_at);
      v_slot_max := v_slot;
      loop
        select
          count(*) as events,
          min(e.seq) as first,
          max(e.seq) as last,
          array_agg(row(e.*)::darkroom.events order by e.seq) as list,
          array_agg(distinct e.generation_id) filter (where e.generation_id is not null) as generations,
          array_agg(distinct e.card_id) filter (where e.card_id is not null) as cards,
          array_agg(distinct e.image_id) filter (where e.image_id is not null) as images,
          array_agg(distinct e.job_id) filter (where e.job_id is not null) as jobs,
          array_agg(distinct e.batch_id) filter (where e.batch_id is not null) as batches,
          array_agg(distinct e.conversation_id) filter (where e.conversation_id is not null) as conversations,
          array_agg(distinct e.project_id) filter (where e.kind like 'project.%') as projects,
          array_agg(distinct e.collection_id) filter (where e.kind like 'collection.%') as collections
        into v_found
        from (
          select e.*
          from darkroom.events as e
          where e.user_id = deliver_events.user_id and e.seq > deliver_events.after and e.slot between v_slot and v_slot_max
          order by e.seq
          limit p_limit
        ) as e;
        reset := v_found.events is distinct from least(p_limit, seq - after)
          or v_found.first <> after + 1
          or v_found.last <> after + v_found.events;
        exit when not reset or v_slot < v_slot_max;
        v_slot := 0;
        v_slot_max := 8;
      end loop;
      if not reset then
        select jsonb_object_agg(o.id, o.text)
        into v_objects
        from (
          select o.id::text, o.object::text as text
          from darkroom.generation_objects(deliver_events.user_id, v_found.generations) as o
          where v_found.generations is not null
          union all
          select o.id::text, o.object::text
          from darkroom.card_objects(deliver_events.user_id, v_found.cards) as o
          where v_found.cards is not null
          union all
          select o.id::text, o.object::text
          from darkroom.image_objects(deliver_events.user_id, v_found.images) as o
          where v_found.images is not null
          union all
          select o.id::text, o.object::text
          from darkroom.job_objects(deliver_events.user_id, v_found.jobs) as o
          where v_found.jobs is not null
          union all
          select o.id::text, o.object::text
          from darkroom.batch_objects(deliver_events.user_id, v_found.batches) as o
          where v_found.batches is not null
          union all
          select o.id::text, o.object::text
          from darkroom.conversation_objects(deliver_events.user_id, v_found.conversations) as o
          where v_found.conversations is not null
          union all
          select o.id::text, o.object::text
          from darkroom.project_objects(deliver_events.user_id, v_found.projects) as o
          where v_found.projects is not null
          union all
          select o.id::text, o.object::text
          from darkroom.collection_objects(deliver_events.user_id, v_found.collections) as o
          where v_found.collections is not null
        ) as o;
        v_items := '{}';
        foreach v_event in array v_found.list loop
          v_items := v_items || (
            left(json_build_object(
              'seq', v_event.seq,
              'kind', v_event.kind,
              'at', darkroom.json_time(v_event.at),
              'ids', json_strip_nulls(json_build_object(
                'generation_id', v_event.generation_id, 'card_id', v_event.card_id, 'job_id', v_event.job_id,
                'image_id', v_event.image_id, 'batch_id', v_event.batch_id, 'conversation_id', v_event.conversation_id,
                'project_id', v_event.project_id, 'collection_id', v_event.collection_id)),
              'detail', coalesce(v_event.detail, '{}'))::text, -1)
            || ', "data": {' || concat_ws(', ',
              '"generation": ' || (v_objects ->> v_event.generation_id::text),
              '"card": ' || (v_objects ->> v_event.card_id::text),
              '"image": ' || (v_objects ->> v_event.image_id::text),
              '"job": ' || (v_objects ->> v_event.job_id::text),
              '"batch": ' || (v_objects ->> v_event.batch_id::text),
              '"conversation": ' || (v_objects ->> v_event.conversation_id::text),
              '"project": ' || case when v_event.kind like 'project.%' then v_objects ->> v_event.project_id::text end,
              '"collection": '
                || case when v_event.kind like 'collection.%' then v_objects ->> v_event.collection_id::text end)
            || '}}');
        end loop;
        items := '[' || array_to_string(v_items, ', ') || ']';
        next_after := v_found.last;
      end if;
    end if;
    has_more := next_after < seq;
    return next;
  end loop;
end
$$;
comment on function darkroom.deliver_events(jsonb, integer) is
  'What happened after each position [{user_id, after, epoch}], with the objects'' present state; reset where it is not contiguous.';
