-- Usage per day, user and model, by the day on which the calls ended (UTC). Reads all finished jobs: a question for a
-- replica on a big installation. Columns are only ever added at the end, as in images.sql.
-- Read by: darkroom_report.
create or replace view report.daily_usage as
select
  d.day,
  d.user_id,
  u.name as user_name,
  d.model,
  d.provider,
  d.jobs,
  d.completed,
  d.failed,
  d.cancelled,
  d.images,
  d.credits,
  d.provider_cost,
  d.average_seconds
from (
  select
    (j.finished_at at time zone 'UTC')::date as day,
    j.user_id,
    j.model,
    j.provider,
    count(*) as jobs,
    count(*) filter (where j.status = 'completed') as completed,
    count(*) filter (where j.status = 'failed') as failed,
    count(*) filter (where j.status = 'cancelled') as cancelled,
    count(*) filter (where j.status = 'completed' and j.kind = 'image') as images,
    coalesce(sum(j.credits) filter (where r.id is null), 0) as credits,
    sum(j.provider_cost) as provider_cost,
    avg(extract(epoch from j.finished_at - j.started_at)) filter (where j.status = 'completed') as average_seconds
  from darkroom.jobs as j
  left join darkroom.credit_entries as r on r.job_id = j.id and r.reason = 'refund'
  where j.finished_at is not null
  group by 1, 2, 3, 4
) as d
left join darkroom.users as u on u.id = d.user_id;

comment on view report.daily_usage is 'Finished calls per day (UTC), user and model: how many, how they ended, what they cost.';
comment on column report.daily_usage.day is 'The day on which the calls ended, in UTC.';
comment on column report.daily_usage.images is 'Images made; captions are calls as well but no images.';
comment on column report.daily_usage.credits is 'Charged and not refunded.';
comment on column report.daily_usage.provider_cost is 'What the providers say these calls cost; null if none said.';
comment on column report.daily_usage.average_seconds is 'Of the completed ones, from the start of the attempt that succeeded.';
