-- Provider tokens and how they do, without their secrets and without the provider's own words. Columns are only ever
-- added at the end, as in images.sql.
-- Read by: darkroom_report.
create or replace view report.provider_tokens as
select
  t.id,
  t.provider,
  t.label,
  t.state,
  t.max_in_flight,
  t.in_flight,
  t.requests,
  t.errors,
  t.consecutive_errors,
  t.last_error_at,
  t.last_used_at,
  t.cooldown_until,
  t.created_at,
  t.removed_at
from darkroom.provider_token_state as t;

comment on view report.provider_tokens is 'API keys of providers: load, errors, pauses. The keys themselves are not here.';
comment on column report.provider_tokens.state is 'ready, in use, cooling (after a rate limit), off (by an operator or a rejection), or removed.';
comment on column report.provider_tokens.max_in_flight is 'Calls it allows at once.';
comment on column report.provider_tokens.in_flight is 'Calls that run on it now.';
comment on column report.provider_tokens.requests is 'Calls ever begun on it.';
comment on column report.provider_tokens.consecutive_errors is 'Since the last call that worked.';
comment on column report.provider_tokens.cooldown_until is 'Not used before this moment, after a rate limit.';
comment on column report.provider_tokens.removed_at is 'When it was removed; the row stays for the jobs that name it.';
