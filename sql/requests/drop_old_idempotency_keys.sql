-- Answers are kept for replays for 24 hours. A key that is being used again just now is left alone.
-- Locks: idempotency_keys, skip locked. Writes: idempotency_keys. Called by: maintenance, any worker.
-- Answers how many were dropped; call again while it is p_limit.
create or replace function darkroom.drop_old_idempotency_keys(p_limit integer default 5000) returns integer
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  -- Read once: compared with the clock itself, which is volatile, the index is no help.
  v_before timestamptz := darkroom.clock() - interval '24 hours';
  v_dropped integer;
begin
  if p_limit is null or p_limit not between 1 and 100000 then
    perform darkroom.invalid('/limit', 'Between 1 and 100000 keys can be dropped at once.');
  end if;
  delete from darkroom.idempotency_keys as k
  using (
    select o.user_id, o.scope, o.key
    from darkroom.idempotency_keys as o
    where o.created_at <= v_before
    order by o.created_at
    limit p_limit
    for update skip locked
  ) as o
  where k.user_id = o.user_id and k.scope = o.scope and k.key = o.key;
  get diagnostics v_dropped = row_count;
  return v_dropped;
end
$$;
comment on function darkroom.drop_old_idempotency_keys(integer) is 'Forgets answers to idempotency keys after 24 hours; answers how many.';
