-- The ledger sums to the balance; a generation's used and held credits are its charges less its refunds, used for the
-- finished jobs and held for the others.
create or replace view darkroom.wrong_money as
select 'balance' as what, u.id as user_id, u.id::text as id, u.credits as stored, coalesce(e.amount, 0) as expected
from darkroom.users as u
left join (
  select e.user_id, sum(e.amount) as amount from darkroom.credit_entries as e group by e.user_id
) as e on e.user_id = u.id
where u.credits <> coalesce(e.amount, 0)
union all
select m.what, m.user_id, m.id::text, m.stored, m.expected
from (
  select
    g.user_id, g.id, w.what,
    case w.what when 'generation used' then g.credits_used else g.credits_held end as stored,
    coalesce(case w.what when 'generation used' then j.used else j.held end, 0) as expected
  from darkroom.generations as g
  left join (
    select
      j.user_id, j.generation_id,
      -sum(e.amount) filter (where j.finished_at is not null) as used,
      -sum(e.amount) filter (where j.finished_at is null) as held
    from darkroom.jobs as j
    join darkroom.credit_entries as e on e.user_id = j.user_id and e.job_id = j.id
    group by j.user_id, j.generation_id
  ) as j on j.user_id = g.user_id and j.generation_id = g.id
  cross join (values ('generation used'), ('generation held')) as w (what)
) as m
where m.stored <> m.expected;
comment on view darkroom.wrong_money is 'Balances and credits of generations that differ from the ledger. Empty at every moment.';
