-- Every image of every user, one row each. This is a contract: columns are only ever added at the end (which
-- `create or replace` allows); one that must change or go needs `drop view if exists report.images` right above.
--
-- Names, references and the like come over left joins on primary keys and scalar subqueries, so a query that does not
-- ask for them does not pay for them.
-- Read by: darkroom_report.
create or replace view report.images as
select
  i.id,
  i.user_id,
  coalesce(b.collection_name || ' - ' || g.template_name, g.name, left(btrim(g.prompt), 60)) as name,
  i.prompt,
  darkroom.image_url(i.id) as url,
  darkroom.image_url(i.id, 'thumb') as thumbnail_url,
  (
    select coalesce(darkroom.upload_url(r.upload_id), darkroom.image_url(r.image_id))
    from darkroom.generation_references as r
    where r.user_id = i.user_id and r.generation_id = i.generation_id and r.role <> 'mask'
    order by r.position
    limit 1
  ) as reference_url,
  i.collection_id,
  i.batch_id,
  i.model,
  i.created_at,
  i.generation_id,
  i.job_id,
  i.slot,
  g.category,
  g.caption,
  g.card_id,
  g.project_id,
  g.conversation_id,
  g.template_id,
  i.source_image_id,
  i.edited,
  i.favourite,
  i.content_type,
  i.width,
  i.height,
  i.aspect_ratio,
  i.resolution,
  i.bytes,
  i.seed,
  i.duration_ms,
  i.credits,
  i.deleted_at
from darkroom.images as i
left join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
left join darkroom.batches as b on b.user_id = g.user_id and b.id = g.batch_id;

comment on view report.images is 'Every image, those in the trash included (deleted_at); what was purged is gone.';
comment on column report.images.name is '"{collection} - {template}" as of the day of the batch; else the post''s name, or the first words of its prompt.';
comment on column report.images.prompt is 'The words the image was made from: in a batch, the template''s prompt.';
comment on column report.images.url is 'Path of the image at the API, to be put behind its public address; only its owner may fetch it.';
comment on column report.images.thumbnail_url is 'Path of the thumbnail; the API answers with the image itself where there is none.';
comment on column report.images.reference_url is 'Path of the base picture the image was made from; null if there was none, or it was purged.';
comment on column report.images.collection_id is 'The collection of the batch; it may have been deleted since.';
comment on column report.images.batch_id is 'The batch it was made in, null otherwise.';
comment on column report.images.model is 'The model''s id; null for an imported picture.';
comment on column report.images.credits is 'What the image cost its user.';
comment on column report.images.duration_ms is 'How long the call to the model took.';
comment on column report.images.deleted_at is 'When it went to the trash, null otherwise.';
