-- The ledger. Per user it sums to the balance at every moment. Columns are only ever added at the end, as in images.sql.
-- Read by: darkroom_report.
create or replace view report.credits as
select
  c.id,
  c.user_id,
  u.name as user_name,
  c.amount,
  c.reason,
  c.reference,
  c.generation_id,
  c.job_id,
  j.model,
  c.created_at
from darkroom.credit_entries as c
left join darkroom.users as u on u.id = c.user_id
left join darkroom.jobs as j on j.id = c.job_id;

comment on view report.credits is 'The ledger of credits: grants and refunds add, charges take. It outlives what was paid for.';
comment on column report.credits.amount is 'Negative for a charge.';
comment on column report.credits.reference is 'What a grant was made for, such as the id of a payment; each counts once.';
comment on column report.credits.model is 'Of the job that was paid for; null for grants, and once the job is purged.';
