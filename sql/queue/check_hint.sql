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
  if jsonb_typeof(p_hint) <> 'object' or p_hint @? 'strict $.* ? (
    @.type() != "array" || @.size() != 3 || @[*].type() != "number"
    || @[0] % 1 != 0 || @[0] < -100 || @[0] > 100
    || @[1] % 1 != 0 || @[1] < 0 || @[1] > 9000000000000000000
    || @[2] % 1 != 0 || @[2] < 0 || @[2] > 9000000000000000000)'
  then
    perform darkroom.invalid('/hint', 'A hint is {"provider": [rank, fair_key, job_id]}.',
      'Use the claim_key of the last job claimed from that provider.');
  end if;
end
$$;
comment on function darkroom.check_hint(jsonb) is 'Refuses a claim hint that is not {provider: [rank, fair_key, job_id]}.';
