-- What follows from a job's step to another status, whoever made it: a worker's completion, a cancel, or an update by
-- hand in psql. Images are written, the generation's and its card's counters move, batches count, refunds are paid,
-- jobs that waited for a caption are let go, and a job that ends while waiting leaves its place.
--
-- Set-based throughout: one statement of a hundred completions costs a hundred rows, not a hundred calls. The old and
-- new rows are paired by a full join because that can only be a hash or merge join: a plan cached when the first
-- statement of a session touched one row stays right for the one that touches a thousand.
--
-- Lock order: the caller holds the users' mutexes (by hand: nothing is, and psql may be told to try again).
-- Writes: images, generations, history_cards, batches, credit_entries, users, queue, schedule, job_waits.
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
  v_ended boolean;
  v_captions boolean;
  v_refunds boolean;
  v_left_waiting boolean;
  v_batches boolean;
  v_first_images uuid[];
begin
  -- Of the payload, with its prompt of perhaps 32,000 characters, a change carries the seed.
  select
    array_agg(row(
      n.id, n.user_id, n.generation_id, n.kind, n.slot, n.model, n.provider, n.priority, n.fair_key, n.credits,
      case when n.status = 'completed' then n.payload -> 'seed' end, n.result, null, null, n.image_id, o.next_run_at,
      n.started_at, n.finished_at, o.status, n.status
    )::darkroom.job_change),
    bool_or(o.status in ('completed', 'failed', 'cancelled')),
    bool_or(n.status in ('completed', 'failed', 'cancelled')),
    bool_or(n.status = 'completed' and n.kind = 'caption'),
    bool_or(n.status = 'failed' or (n.status = 'cancelled' and o.status = 'queued')),
    bool_or(n.status in ('failed', 'cancelled', 'completed') and o.status = 'queued')
  into v_changes, v_reopened, v_ended, v_captions, v_refunds, v_left_waiting
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
    perform darkroom.move_phases(v_changes);
    return null;
  end if;
  v_now := darkroom.clock();

  with delta as (
    select
      c.user_id,
      c.generation_id,
      count(*) filter (where c.status = 'completed' and c.kind = 'image') as completed,
      count(*) filter (where c.status = 'failed' and c.kind = 'image') as failed,
      count(*) filter (where c.status = 'cancelled' and c.kind = 'image') as cancelled,
      coalesce(sum(c.credits) filter (where c.status = 'completed' or (c.status = 'cancelled' and c.was = 'processing')), 0)
        as used,
      sum(c.credits) as no_longer_held,
      -- The images travel with their generation, so that nothing must be joined again: two lists of unknown length
      -- joined row against row were the largest single cost.
      array_agg(c) filter (where c.status = 'completed' and c.kind = 'image') as images
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
      g.user_id, g.id, g.card_id, g.batch_id, g.category, g.deleted_at, g.prompt, g.settings, g.source_image_id,
      d.completed, d.failed, d.cancelled, d.used, d.images,
      g.finished_at is not null as finished, g.completed = d.completed as first_images
  ),
  made as (
    insert into darkroom.images
      (user_id, id, generation_id, job_id, slot, model, prompt, revised_prompt, object_key, thumbnail_key, content_type,
       width, height, bytes, sha256, aspect_ratio, resolution, seed, duration_ms, credits, edited, source_image_id,
       batch_id, collection_id, created_at)
    select
      c.user_id, coalesce(c.image_id, darkroom.uuid7()), c.generation_id, c.id, c.slot, c.model, m.prompt,
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
    cross join unnest(m.images) as c
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
  )
  select
    array_agg(m.id) filter (where m.category = 'edit' and m.completed > 0 and m.first_images and m.deleted_at is null),
    bool_or(m.batch_id is not null)
  into v_first_images, v_batches
  from moved as m;

  if v_batches then
    perform darkroom.count_batches(v_changes, v_now);
  end if;
  if v_first_images is not null then
    perform darkroom.leave_abandoned_card(c.user_id, c.generation_id)
    from (select distinct u.user_id, u.generation_id from unnest(v_changes) as u) as c
    where c.generation_id = any (v_first_images);
  end if;
  if v_refunds then
    perform darkroom.refund_jobs(v_changes);
  end if;
  if v_left_waiting then
    perform darkroom.leave_waiting_places(v_changes);
  end if;
  if v_captions then
    perform darkroom.move_phases(v_changes);
    perform darkroom.use_captions(v_changes);
  end if;
  return null;
end
$$;
comment on function darkroom.save_completed_generation_to_history() is
  'Trigger: writes what follows from jobs changing status: images, counters of generations, cards and batches, refunds, released jobs.';

create or replace trigger t10_save_to_history
  after update on darkroom.jobs
  referencing old table as old_rows new table as new_rows
  for each statement execute function darkroom.save_completed_generation_to_history();
