-- Every call to a model. The provider's own words about a failure are left out: they may quote what the user wrote.
-- Columns are only ever added at the end, as in images.sql.
-- Read by: darkroom_report.
create or replace view report.jobs as
select
  j.id,
  j.user_id,
  u.name as user_name,
  j.generation_id,
  g.batch_id,
  j.kind,
  j.slot,
  j.retry_of,
  j.model,
  j.provider,
  j.priority,
  j.status,
  j.attempt,
  j.max_attempts,
  j.setbacks,
  j.error_class,
  darkroom.error_sentence(j.error_class) as error,
  j.credits,
  j.provider_cost,
  j.image_id,
  j.token_id,
  nullif(j.next_run_at, 'infinity') as next_run_at,
  j.created_at,
  j.started_at,
  j.finished_at,
  extract(epoch from j.started_at - j.created_at) as waited_seconds,
  extract(epoch from j.finished_at - j.started_at) as seconds
from darkroom.jobs as j
left join darkroom.users as u on u.id = j.user_id
left join darkroom.generations as g on g.user_id = j.user_id and g.id = j.generation_id;

comment on view report.jobs is 'Every call to a model: for whom, how it went, how long it took, what it cost.';
comment on column report.jobs.retry_of is 'The failed or cancelled job that this one repeats, for the same slot.';
comment on column report.jobs.attempt is 'Calls begun.';
comment on column report.jobs.setbacks is 'Times the provider turned the call away without counting it: rate limit, rejected token.';
comment on column report.jobs.error_class is 'Of the last failed attempt; a job that is waiting to be repeated has one as well.';
comment on column report.jobs.error is 'The sentence that its user reads.';
comment on column report.jobs.credits is 'What was charged for it; report.credits says whether it came back.';
comment on column report.jobs.provider_cost is 'What the provider says the call cost, in the provider''s currency; null if it does not say.';
comment on column report.jobs.token_id is 'The provider token last used; see report.provider_tokens.';
comment on column report.jobs.waited_seconds is 'From the request to the start of the last attempt.';
comment on column report.jobs.seconds is 'From the start of the last attempt to the end.';
