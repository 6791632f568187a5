-- The event of a new balance, as a list to be joined to others; empty when nothing changed.
create or replace function darkroom.credits_changed(p_user uuid, p_amount bigint, p_reason text) returns darkroom.new_event[]
  language sql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(row(
    p_user, 'credits.changed', null, null, null, null, null, null, null, null,
    jsonb_build_object('credits', u.credits, 'amount', p_amount, 'reason', p_reason))::darkroom.new_event), '{}')
  from darkroom.users as u
  where u.id = p_user and p_amount <> 0
$$;
comment on function darkroom.credits_changed(uuid, bigint, text) is 'The event credits.changed with the present balance, or none.';
