-- Every counter is what the rows say: of generations (by their slots' latest jobs), their images, cards (what is live),
-- batches (where no item was purged), and heads.
create or replace view darkroom.wrong_counts as
with slots as (
  select distinct on (j.user_id, j.generation_id, j.slot) j.user_id, j.generation_id, j.status
  from darkroom.jobs as j
  where j.kind = 'image'
  order by j.user_id, j.generation_id, j.slot, j.id desc
),
generations as (
  select
    s.user_id, s.generation_id,
    count(*) as total,
    count(*) filter (where s.status = 'completed') as completed,
    count(*) filter (where s.status = 'failed') as failed,
    count(*) filter (where s.status = 'cancelled') as cancelled
  from slots as s
  group by s.user_id, s.generation_id
),
images as (
  select i.user_id, i.generation_id, count(*) filter (where i.deleted_at is null) as live
  from darkroom.images as i
  group by i.user_id, i.generation_id
),
cards as (
  select
    g.user_id, g.card_id,
    count(*) as generation_count,
    count(*) filter (where g.finished_at is null) as active_count,
    coalesce(sum(i.live), 0) as image_count,
    coalesce(sum(g.credits_used), 0) as credits_used
  from darkroom.generations as g
  left join images as i on i.user_id = g.user_id and i.generation_id = g.id
  where g.deleted_at is null
  group by g.user_id, g.card_id
),
batches as (
  select
    g.user_id, g.batch_id, sum(g.total) as total, sum(g.completed) as completed, sum(g.failed) as failed,
    sum(g.cancelled) as cancelled, sum(g.credits_used) as credits_used
  from darkroom.generations as g
  where g.batch_id is not null
  group by g.user_id, g.batch_id
),
heads as (
  select
    h.user_id,
    (select count(*) from darkroom.generations as g where g.user_id = h.user_id and g.finished_at is null) as active_count,
    (select count(*) from darkroom.generations as g
     where g.user_id = h.user_id and g.finished_at is not null and g.attention) as unviewed_count,
    (select count(*) from darkroom.jobs as j where j.user_id = h.user_id and j.finished_at is null) as active_jobs,
    coalesce((select sum(i.bytes) from darkroom.images as i where i.user_id = h.user_id), 0) as storage_bytes
  from darkroom.event_heads as h
)
select 'generation' as what, g.user_id, g.id::text as id,
  jsonb_build_array(g.total, g.completed, g.failed, g.cancelled) as stored,
  jsonb_build_array(c.total, c.completed, c.failed, c.cancelled) as expected
from darkroom.generations as g
left join generations as c on c.user_id = g.user_id and c.generation_id = g.id
where g.category <> 'import'
  and (g.total, g.completed, g.failed, g.cancelled) is distinct from (c.total, c.completed, c.failed, c.cancelled)
union all
select 'card', k.user_id, k.id::text,
  jsonb_build_array(k.generation_count, k.active_count, k.image_count, k.credits_used),
  jsonb_build_array(coalesce(c.generation_count, 0), coalesce(c.active_count, 0), coalesce(c.image_count, 0), coalesce(c.credits_used, 0))
from darkroom.history_cards as k
left join cards as c on c.user_id = k.user_id and c.card_id = k.id
where (k.generation_count, k.active_count, k.image_count, k.credits_used)
  is distinct from (coalesce(c.generation_count, 0), coalesce(c.active_count, 0), coalesce(c.image_count, 0), coalesce(c.credits_used, 0))
union all
select 'batch', b.user_id, b.id::text,
  jsonb_build_array(b.completed, b.failed, b.cancelled, b.credits_used),
  jsonb_build_array(c.completed, c.failed, c.cancelled, c.credits_used)
from darkroom.batches as b
join batches as c on c.user_id = b.user_id and c.batch_id = b.id and c.total = b.total
where (b.completed, b.failed, b.cancelled, b.credits_used) is distinct from (c.completed, c.failed, c.cancelled, c.credits_used)
union all
select 'head', h.user_id, h.user_id::text,
  jsonb_build_array(h.active_count, h.unviewed_count, h.active_jobs, h.storage_bytes),
  jsonb_build_array(c.active_count, c.unviewed_count, c.active_jobs, c.storage_bytes)
from darkroom.event_heads as h
join heads as c on c.user_id = h.user_id
where (h.active_count, h.unviewed_count, h.active_jobs, h.storage_bytes)
  is distinct from (c.active_count, c.unviewed_count, c.active_jobs, c.storage_bytes)
union all
-- Images are completed image jobs. One that was purged by itself leaves its job behind, which says so in its result.
select 'image without a completed job', i.user_id, i.id::text, to_jsonb(i.job_id), to_jsonb(j.status)
from darkroom.images as i
left join darkroom.jobs as j on j.id = i.job_id and j.user_id = i.user_id and j.generation_id = i.generation_id
where i.job_id is not null and j.status is distinct from 'completed'
union all
select 'completed job without its image', j.user_id, j.id::text, to_jsonb(j.status), null
from darkroom.jobs as j
where j.status = 'completed' and j.kind = 'image' and not j.result ? 'purged'
  and not exists (
    select from darkroom.images as i
    where i.user_id = j.user_id and i.generation_id = j.generation_id and i.job_id = j.id);
comment on view darkroom.wrong_counts is 'Counters that differ from what the rows say. Empty at every moment.';
