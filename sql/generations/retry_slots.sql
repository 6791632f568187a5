-- A new job for each slot whose latest job failed or was cancelled, of these generations of a locked user: charged anew at
-- the model's present price, in place, the old job staying as history. A caption that is still missing is tried again
-- first; one that is being written is waited for. The generation's completion will be announced again, so it counts as not viewed. Answers how many slots.
-- A generation that lost a picture it was given for good is left out, since the object may be gone from storage by now;
-- DR409 source-gone if nothing else is left to retry.
-- Writes: generations, history_cards, batches, what charge_and_queue and append_events write.
-- Called by: retry_generation, retry_batch.
create or replace function darkroom.retry_slots(p_user uuid, p_generations uuid[]) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_jobs darkroom.new_job[];
  v_gone text;
  v_retried integer;
  v_cost bigint;
  v_events darkroom.new_event[];
  v_heads darkroom.head_change[];
begin
  with latest as (
    select distinct on (j.generation_id, j.slot) j.*, g.write_caption and g.caption is null as needs_caption
    from darkroom.jobs as j
    join darkroom.generations as g on g.user_id = j.user_id and g.id = j.generation_id
    where j.user_id = p_user and j.generation_id = any (p_generations) and g.deleted_at is null and j.kind = 'image'
      and not exists (
        select from darkroom.generation_references as r
        where r.user_id = p_user and r.generation_id = g.id and r.upload_id is null and r.image_id is null)
    order by j.generation_id, j.slot, j.id desc
  ),
  again as (
    select l.* from latest as l where l.status in ('failed', 'cancelled')
  ),
  captions as (
    select distinct on (j.generation_id) j.*
    from darkroom.jobs as j
    where j.user_id = p_user and j.kind = 'caption'
      and j.generation_id in (select a.generation_id from again as a where a.needs_caption)
    order by j.generation_id, j.id desc
  ),
  wanted as (
    select
      c.generation_id, 0 as step, null::smallint as slot, c.id as retry_of, 'caption' as kind, c.model, c.priority, c.payload,
      false as waits
    from captions as c
    where c.finished_at is not null
    union all
    select a.generation_id, 1, a.slot, a.id, 'image', a.model, a.priority, a.payload, a.needs_caption
    from again as a
  )
  select
    array_agg(row(w.generation_id, w.kind, w.slot, w.retry_of, w.model, m.provider, w.priority, m.credits_per_call,
      w.payload || jsonb_build_object('provider_model', m.provider_model), w.waits)::darkroom.new_job order by w.generation_id, w.step, w.slot),
    min(m.name) filter (where not m.active),
    count(*) filter (where w.kind = 'image')
  into v_jobs, v_gone, v_retried
  from wanted as w
  join darkroom.models as m on m.id = w.model;

  if v_jobs is null then
    if exists (
      select
      from darkroom.generations as g
      join darkroom.generation_references as r on r.user_id = g.user_id and r.generation_id = g.id
      where g.user_id = p_user and g.id = any (p_generations) and g.deleted_at is null and g.failed + g.cancelled > 0
        and r.upload_id is null and r.image_id is null)
    then
      perform darkroom.refuse('DR409', 'source-gone', 'A picture this was made from is gone for good.',
        'Start from another one.');
    end if;
    return 0;
  end if;
  if v_gone is not null then
    perform darkroom.invalid('/models', format('%s is not offered any more.', v_gone), 'Regenerate with another model.');
  end if;
  perform darkroom.check_storage(p_user);
  v_cost := darkroom.charge_and_queue(p_user, v_jobs);

  with slots as (
    select
      n.generation_id,
      sum(n.credits) as held,
      count(*) filter (where n.kind = 'image' and o.status = 'failed') as failed,
      count(*) filter (where n.kind = 'image' and o.status = 'cancelled') as cancelled
    from unnest(v_jobs) as n
    join darkroom.jobs as o on o.id = n.retry_of
    group by n.generation_id
  ),
  before as (
    select g.id, g.finished_at is not null as was_finished, g.finished_at is not null and g.attention as was_unviewed
    from darkroom.generations as g
    join slots as s on s.generation_id = g.id
    where g.user_id = p_user
  ),
  reopened as (
    update darkroom.generations as g
    set
      failed = g.failed - s.failed,
      cancelled = g.cancelled - s.cancelled,
      credits_held = g.credits_held + s.held,
      finished_at = null,
      viewed_at = null,
      updated_at = v_now
    from slots as s
    join before as b on b.id = s.generation_id
    where g.user_id = p_user and g.id = s.generation_id
    returning g.id, g.card_id, g.batch_id, g.conversation_id, g.project_id, s.failed, s.cancelled, b.was_finished, b.was_unviewed
  ),
  cards as (
    update darkroom.history_cards as k
    set active_count = k.active_count + r.reopened, last_activity_at = v_now
    from (select r.card_id, count(*) filter (where r.was_finished) as reopened from reopened as r group by r.card_id) as r
    where k.user_id = p_user and k.id = r.card_id
  ),
  batches as (
    update darkroom.batches as b
    set failed = b.failed - r.failed, cancelled = b.cancelled - r.cancelled, finished_at = null
    from (
      select r.batch_id, sum(r.failed) as failed, sum(r.cancelled) as cancelled
      from reopened as r
      where r.batch_id is not null
      group by r.batch_id
    ) as r
    where b.user_id = p_user and b.id = r.batch_id
    returning b.id, b.project_id
  ),
  happened as (
    select 1 as step, n.generation_id, j.id as job_id, r.card_id, r.batch_id, r.conversation_id, r.project_id, 'job.queued' as kind
    from unnest(v_jobs) as n
    join darkroom.jobs as j on j.user_id = p_user and j.generation_id = n.generation_id and j.retry_of = n.retry_of
    join reopened as r on r.id = n.generation_id
    union all
    select 2, r.id, null, r.card_id, r.batch_id, r.conversation_id, r.project_id, 'generation.updated' from reopened as r
    union all
    select 3, null, null, null, b.id, null, b.project_id, 'batch.updated' from batches as b
  )
  select
    (select array_agg(row(p_user, h.kind, h.generation_id, h.card_id, h.job_id, null, h.batch_id, h.conversation_id, h.project_id,
      null, null)::darkroom.new_event order by h.step, h.job_id, h.generation_id) from happened as h),
    (select array[row(p_user, count(*) filter (where r.was_finished), -count(*) filter (where r.was_unviewed),
      cardinality(v_jobs), 0)::darkroom.head_change] from reopened as r)
  into v_events, v_heads;

  perform darkroom.append_events(v_events || darkroom.credits_changed(p_user, -v_cost, 'charge'), v_heads);
  return v_retried;
end
$$;
comment on function darkroom.retry_slots(uuid, uuid[]) is 'Tries the failed and cancelled slots of these generations of a locked user again; answers how many.';
