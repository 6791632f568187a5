-- Provider tokens and how they do, without their secrets and without the provider's own words. Columns are only ever
-- added at the end, as in images.sql.
-- Read by: darkroom_report.
create or replace view report.provider_tokens as
select
  t.id,
  t.provider,
  t.label,
  t.active,
  t.max_in_flight,
  s.in_flight,
  s.request_count,
  s.last_used_at,
  t.error_count,
  t.consecutive_errors,
  t.last_error_at,
  t.cooldown_until,
  t.removed_at,
  t.created_at
from darkroom.provider_tokens as t
cross join lateral (
  select
    count(*) filter (where s.job_id is not null) as in_flight,
    coalesce(sum(s.request_count), 0) as request_count,
    nullif(max(s.last_used_at), '-infinity') as last_used_at
  from darkroom.token_slots as s
  where s.token_id = t.id
) as s;

comment on view report.provider_tokens is 'API keys of providers: load, errors, pauses. The keys themselves are not here.';
comment on column report.provider_tokens.active is 'False once an operator or a rejection by the provider switched it off.';
comment on column report.provider_tokens.max_in_flight is 'Calls it allows at once.';
comment on column report.provider_tokens.in_flight is 'Calls that run on it now.';
comment on column report.provider_tokens.cooldown_until is 'Not used before this moment, after a rate limit.';
comment on column report.provider_tokens.removed_at is 'When it was removed; the row stays for the jobs that name it.';
