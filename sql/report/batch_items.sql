-- What became of each item of each batch: one row per slot, in the state of its latest job (a retry is a new job for the
-- same slot). Columns are only ever added at the end, as in images.sql.
-- Read by: darkroom_report.
create or replace view report.batch_items as
select
  b.id as batch_id,
  b.user_id,
  g.template_id,
  g.template_name,
  g.id as generation_id,
  j.slot,
  j.status,
  i.id is not null as saved,
  i.id as image_id,
  darkroom.image_url(i.id) as image_url,
  g.prompt,
  j.model,
  j.error_class,
  darkroom.error_sentence(j.error_class) as error,
  j.id as job_id,
  j.credits,
  j.created_at,
  j.finished_at
from darkroom.batches as b
join darkroom.generations as g on g.user_id = b.user_id and g.batch_id = b.id
cross join lateral (
  select distinct on (s.slot)
    s.id, s.slot, s.status, s.model, s.error_class, s.credits, s.created_at, s.finished_at
  from darkroom.jobs as s
  where s.user_id = g.user_id and s.generation_id = g.id and s.kind = 'image'
  order by s.slot, s.id desc
) as j
left join darkroom.images as i on i.user_id = g.user_id and i.generation_id = g.id and i.job_id = j.id;

comment on view report.batch_items is 'Each slot of each batch as its latest job left it: made, failed and why, or still waiting.';
comment on column report.batch_items.template_name is 'As of the day of the batch.';
comment on column report.batch_items.slot is 'Which of the images of this item, from 0.';
comment on column report.batch_items.status is 'Of the slot''s latest job: queued, processing, completed, failed or cancelled.';
comment on column report.batch_items.saved is 'Whether the image is there; false again once it is purged.';
comment on column report.batch_items.error is 'The sentence that its user reads.';
comment on column report.batch_items.error_class is 'Why it failed, or why the call is being repeated.';
