-- The events of balances that these jobs' refunds changed. Called by: append_ended_events.
create or replace function darkroom.credits_refunded(p_changes darkroom.job_change[]) returns darkroom.new_event[]
  language sql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(row(
    u.id, 'credits.changed', null, null, null, null, null, null, null, null,
    jsonb_build_object('credits', u.credits, 'amount', r.amount, 'reason', 'refund'))::darkroom.new_event order by u.id), '{}')
  from (
    select c.user_id, sum(c.credits) as amount
    from unnest(p_changes) as c
    where c.status = 'failed' or (c.status = 'cancelled' and c.was = 'queued')
    group by c.user_id
  ) as r
  join darkroom.users as u on u.id = r.user_id
  where r.amount > 0
$$;
comment on function darkroom.credits_refunded(darkroom.job_change[]) is 'The events of the balances changed by these jobs'' refunds.';
