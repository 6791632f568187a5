-- Entries of the ledger as clients see them.
-- Called by: list_credits. Not for clients: it takes a user.
create or replace function darkroom.credit_entry_objects(p_user uuid, p_ids bigint[])
  returns table (id bigint, object jsonb)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
begin
  return query
  select
    c.id,
    jsonb_build_object(
      'id', c.id,
      'amount', c.amount,
      'reason', c.reason,
      'reference', c.reference,
      'generation_id', c.generation_id,
      'job_id', c.job_id,
      'created_at', darkroom.json_time(c.created_at))
  from darkroom.credit_entries as c
  where c.user_id = p_user and c.id = any (p_ids);
end
$$;
comment on function darkroom.credit_entry_objects(uuid, bigint[]) is 'The ledger entries of these ids of a user, in no order.';
