-- A hint is {"provider": [rank, fair_key, job_id]}, whole numbers all.
create or replace function darkroom.check_hint(p_hint jsonb) returns void
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_hint is null or p_hint = '{}' or p_hint = 'null' then
    return;
  end if;
  if jsonb_typeof(p_hint) <> 'object' or exists (
    select
    from jsonb_each(p_hint) as h
    where jsonb_typeof(h.value) <> 'array'
      or darkroom.is_whole(h.value -> 0, -100, 100) is not true
      or darkroom.is_whole(h.value -> 1, 0, 9000000000000000000) is not true
      or darkroom.is_whole(h.value -> 2, 0, 9000000000000000000) is not true)
  then
    perform darkroom.invalid('/hint', 'A hint is {"provider": [rank, fair_key, job_id]}.',
      'Use the claim_key of the last job claimed from that provider.');
  end if;
end
$$;
comment on function darkroom.check_hint(jsonb) is 'Refuses a claim hint that is not {provider: [rank, fair_key, job_id]}.';
