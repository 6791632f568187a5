-- Every batch with its counters. Columns are only ever added at the end, as in images.sql.
-- Read by: darkroom_report.
create or replace view report.batches as
select
  b.id,
  b.user_id,
  u.name as user_name,
  b.name,
  b.status,
  b.total,
  b.completed,
  b.failed,
  b.cancelled,
  b.total - b.completed - b.failed - b.cancelled as pending,
  b.credits_used,
  b.collection_id,
  b.collection_name,
  b.project_id,
  b.source_batch_id,
  b.settings,
  b.metadata,
  b.created_at,
  b.finished_at,
  extract(epoch from b.finished_at - b.created_at) as seconds
from darkroom.batches as b
left join darkroom.users as u on u.id = b.user_id;

comment on view report.batches is 'Every batch operation, its settings and its counters, which are in slots: images asked for.';
comment on column report.batches.status is 'active until every slot has an end; then completed (at least one image), failed, or cancelled.';
comment on column report.batches.pending is 'Slots without an end so far.';
comment on column report.batches.credits_used is 'Charged and not refunded, of calls that have ended.';
comment on column report.batches.collection_name is 'As of the day of the batch.';
comment on column report.batches.source_batch_id is 'The batch this one was regenerated from.';
comment on column report.batches.seconds is 'From the request to the end of the last slot.';
