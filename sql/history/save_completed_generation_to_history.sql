-- What follows from a job's step to another status, whoever made it: a worker's completion, a cancel, or an update by
-- hand in psql. Images are written, the generation's and its card's counters move, batches count, refunds are paid,
-- jobs that waited for a caption are let go, a job that ends while waiting leaves its place; and then all of it is told,
-- in the same transaction: events of the jobs, of captions that are ready, of generations and batches that finished, of
-- balances. Events carry ids and small facts only; the relay adds the objects' present state when it delivers.
--
-- Set-based throughout: one statement of a hundred completions costs a hundred rows, not a hundred calls. The old and
-- new rows are paired by a full join because that can only be a hash or merge join: a plan cached when the first
-- statement of a session touched one row stays right for the one that touches a thousand. One trigger does it all, so
-- that a generation is looked up once, by the update that moves its counters and tells what the events need.
--
-- Lock order: the caller holds the users' mutexes (by hand: nothing is, and psql may be told to try again).
-- Writes: images, generations, history_cards, batches, credit_entries, users, queue, schedule, job_waits, jobs, and what
-- append_events writes.
create or replace function darkroom.save_completed_generation_to_history() returns trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = on
  set enable_mergejoin = on
  set enable_memoize = off
  set jit = off
as $$
declare
  v_now timestamptz;
  v_changes darkroom.job_change[];
  v_reopened boolean;
  v_begun boolean;
  v_ended boolean;
  v_captions boolean;
  v_refunds boolean;
  v_left_waiting boolean;
  v_wordless boolean;
  v_batches boolean;
  v_first_images uuid[];
  v_events darkroom.new_event[];
  v_heads darkroom.head_change[];
begin
  -- Of the payload, with its prompt of perhaps 32,000 characters, a change carries the seed. An image that was completed
  -- by hand has its id from here, too.
  select
    array_agg(row(
      n.id, n.user_id, n.generation_id, n.kind, n.slot, n.model, n.provider, n.priority, n.fair_key, n.credits,
      case when n.status = 'completed' then n.payload -> 'seed' end, n.result, n.result -> 'bytes',
      case
        when n.status = 'processing' and n.attempt = 1 then '{"attempt": 1}'
        when n.status = 'processing' then jsonb_build_object('attempt', n.attempt)
        when n.error_class is not null and n.status in ('queued', 'failed') then jsonb_strip_nulls(jsonb_build_object(
          'attempt', n.attempt, 'error_class', n.error_class,
          'next_run_at', case when n.status = 'queued' then darkroom.json_time(n.next_run_at) end))
      end,
      case when n.status = 'completed' and n.kind = 'image' then coalesce(n.image_id, darkroom.uuid7()) end, o.next_run_at,
      n.started_at, n.finished_at, o.status, n.status
    )::darkroom.job_change),
    bool_or(o.status in ('completed', 'failed', 'cancelled')),
    bool_or(n.status in ('queued', 'processing')),
    bool_or(n.status in ('completed', 'failed', 'cancelled')),
    bool_or(n.status = 'completed' and n.kind = 'caption'),
    bool_or(n.status = 'failed' or (n.status = 'cancelled' and o.status = 'queued')),
    bool_or(n.status in ('failed', 'cancelled', 'completed') and o.status = 'queued'),
    bool_or(n.status in ('failed', 'cancelled') and n.kind = 'caption')
  into v_changes, v_reopened, v_begun, v_ended, v_captions, v_refunds, v_left_waiting, v_wordless
  from old_rows as o
  full join new_rows as n on n.id = o.id
  where o.status is distinct from n.status;

  if v_changes is null then
    return null;
  end if;
  if v_reopened then
    perform darkroom.refuse('DR409', 'conflict', 'A finished job cannot change its status.',
      'Use retry_generation: a retry is a new job for the same slot.');
  end if;
  if not v_ended then
    perform darkroom.append_events(darkroom.begin_jobs(v_changes));
    return null;
  end if;
  v_now := darkroom.clock();

  with delta as (
    select
      c.user_id,
      c.generation_id,
      count(*) as ended,
      count(*) filter (where c.status = 'completed' and c.kind = 'image') as completed,
      count(*) filter (where c.status = 'failed' and c.kind = 'image') as failed,
      count(*) filter (where c.status = 'cancelled' and c.kind = 'image') as cancelled,
      coalesce(sum(c.credits) filter (where c.status = 'completed' or (c.status = 'cancelled' and c.was = 'processing')), 0)
        as used,
      sum(c.credits) as no_longer_held,
      coalesce(sum(nullif(c.bytes, 'null')::bigint) filter (where c.status = 'completed' and c.kind = 'image'), 0) as bytes,
      -- The changes travel with their generation, so that nothing must be joined again: two lists of unknown length
      -- joined row against row were the largest single cost.
      array_agg(c) as changes
    from unnest(v_changes) as c
    where c.status in ('completed', 'failed', 'cancelled')
    group by c.user_id, c.generation_id
  ),
  moved as (
    update darkroom.generations as g
    set
      completed = g.completed + d.completed,
      failed = g.failed + d.failed,
      cancelled = g.cancelled + d.cancelled,
      credits_used = g.credits_used + d.used,
      credits_held = g.credits_held - d.no_longer_held,
      updated_at = v_now,
      finished_at = case
        when g.completed + g.failed + g.cancelled + d.completed + d.failed + d.cancelled = g.total then v_now
      end
    from delta as d
    where g.user_id = d.user_id and g.id = d.generation_id
    returning
      g.user_id, g.id, g.card_id, g.batch_id, g.conversation_id, g.project_id, g.status, g.attention, g.category, g.deleted_at,
      g.prompt, g.settings, g.source_image_id, d.ended, d.completed, d.used, d.bytes, d.changes,
      g.finished_at is not null as finished, g.completed = d.completed as first_images
  ),
  made as (
    insert into darkroom.images
      (user_id, id, generation_id, job_id, slot, model, prompt, revised_prompt, object_key, thumbnail_key, content_type,
       width, height, bytes, sha256, aspect_ratio, resolution, seed, duration_ms, credits, edited, source_image_id,
       batch_id, collection_id, created_at)
    select
      c.user_id, c.image_id, c.generation_id, c.id, c.slot, c.model, m.prompt,
      c.result ->> 'revised_prompt', c.result ->> 'object_key', c.result ->> 'thumbnail_key',
      coalesce(c.result ->> 'content_type', 'image/png'),
      nullif(c.result -> 'width', 'null')::integer, nullif(c.result -> 'height', 'null')::integer,
      coalesce(nullif(c.result -> 'bytes', 'null')::bigint, 0), decode(c.result ->> 'sha256', 'hex'),
      m.settings ->> 'aspect_ratio', m.settings ->> 'resolution',
      coalesce(nullif(c.result -> 'seed', 'null'), nullif(c.seed, 'null'))::bigint,
      coalesce(nullif(c.result -> 'duration_ms', 'null')::integer,
        least(extract(epoch from c.finished_at - c.started_at) * 1000, 2147483647)),
      c.credits, m.category = 'edit', m.source_image_id, m.batch_id,
      case when m.batch_id is not null then (
        select b.collection_id from darkroom.batches as b where b.user_id = m.user_id and b.id = m.batch_id) end,
      v_now
    from moved as m
    cross join unnest(m.changes) as c
    where c.image_id is not null
  ),
  -- last_activity_at stays: it is when the user last asked for something here. Moving it would write every index of the
  -- card once more for every image, a third of a completion's cost, and reorder the list under the user's eyes.
  cards as (
    update darkroom.history_cards as k
    set
      image_count = k.image_count + m.images,
      credits_used = k.credits_used + m.used,
      active_count = k.active_count - m.finished
    from (
      select
        m.user_id, m.card_id, sum(m.completed) as images, sum(m.used) as used,
        count(*) filter (where m.finished) as finished
      from moved as m
      where m.deleted_at is null
      group by m.user_id, m.card_id
    ) as m
    where k.user_id = m.user_id and k.id = m.card_id
  ),
  happened as (
    select
      1 as step, c.id as place, m.user_id, m.id, m.card_id, m.batch_id, m.conversation_id, m.project_id,
      'job.' || c.status as kind, c.id as job_id, c.image_id, c.detail
    from moved as m
    cross join unnest(m.changes) as c
    union all
    select
      2, 0, m.user_id, m.id, m.card_id, m.batch_id, m.conversation_id, m.project_id,
      'generation.' || m.status, null, null, null
    from moved as m
    where m.finished
  )
  select
    (select array_agg(row(
        h.user_id, h.kind, h.id, h.card_id, h.job_id, h.image_id, h.batch_id, h.conversation_id, h.project_id, null, h.detail
      )::darkroom.new_event order by h.step, h.place, h.id)
    from happened as h),
    array_agg(row(
      m.user_id, -m.finished::integer, (m.finished and m.attention)::integer, -m.ended, m.bytes)::darkroom.head_change),
    array_agg(m.id) filter (where m.category = 'edit' and m.completed > 0 and m.first_images and m.deleted_at is null),
    bool_or(m.batch_id is not null)
  into v_events, v_heads, v_first_images, v_batches
  from moved as m;

  if v_batches then
    perform darkroom.count_batches(v_changes, v_now);
  end if;
  if v_first_images is not null then
    perform darkroom.leave_abandoned_card(c.user_id, c.generation_id)
    from (select distinct u.user_id, u.generation_id from unnest(v_changes) as u) as c
    where c.generation_id = any (v_first_images);
    v_events := darkroom.on_present_cards(v_events);
  end if;
  if v_begun then
    v_events := darkroom.begin_jobs(v_changes) || v_events;
  end if;
  if v_captions then
    v_events := v_events || darkroom.use_captions(v_changes);
  end if;
  if v_left_waiting then
    perform darkroom.leave_waiting_places(v_changes);
  end if;
  if v_batches then
    v_events := v_events || darkroom.batches_finished(v_changes);
  end if;
  if v_refunds then
    perform darkroom.refund_jobs(v_changes);
    v_events := v_events || darkroom.credits_refunded(v_changes);
  end if;
  perform darkroom.append_events(v_events, v_heads);
  if v_wordless then
    perform darkroom.end_waiting_images(v_changes);
  end if;
  return null;
end
$$;
comment on function darkroom.save_completed_generation_to_history() is
  'Trigger: writes what follows from jobs changing status: images, counters of generations, cards and batches, refunds, released jobs, events.';

create or replace trigger t10_save_to_history
  after update on darkroom.jobs
  referencing old table as old_rows new table as new_rows
  for each statement execute function darkroom.save_completed_generation_to_history();

-- Releases before this one wrote the events in a trigger of their own.
drop trigger if exists t90_append_events on darkroom.jobs;
drop function if exists darkroom.append_job_events();
drop function if exists darkroom.append_ended_events(darkroom.job_change[]);
drop function if exists darkroom.move_phases(darkroom.job_change[]);
