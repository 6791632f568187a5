-- The next ready jobs of these providers, locked. Each provider is asked for its share of what is still wanted, and
-- further rounds give what some left over to those that had more: each of them either fills the claim or finds another
-- provider empty. A provider with tokens is asked for no more than its free slots.
-- Locks: queue, skip locked. Called by: claim_jobs.
create or replace function darkroom.find_ready_jobs(
  p_providers text[],
  p_with_tokens text[],
  p_limit integer,
  p_hint jsonb
) returns darkroom.ready_job[]
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_found darkroom.ready_job[];
  v_more darkroom.ready_job[];
  v_last darkroom.ready_job;
  v_provider text;
  v_left integer := p_limit;
  v_providers_left integer;
  v_room integer[] := array_fill(p_limit, array[greatest(cardinality(p_providers), 1)]);
  v_from jsonb := coalesce(p_hint, '{}');
  v_share integer;
begin
  for v_round in 1..cardinality(p_providers) + 1 loop
    v_providers_left := cardinality(array_remove(v_room, 0));
    for i in 1..cardinality(p_providers) loop
      continue when v_room[i] = 0;
      v_provider := p_providers[i];
      if v_round = 1 and v_provider = any (p_with_tokens) then
        v_room[i] := darkroom.free_token_slots(v_provider, p_limit);
      end if;
      v_share := least(v_room[i], ceil(v_left::numeric / v_providers_left));
      v_providers_left := v_providers_left - 1;
      continue when v_share = 0;

      -- Without a hint the scan starts at the provider's first key. Row comparison keeps it one index range.
      select array_agg(row(q.place, q.provider, q.rank, q.fair_key, q.job_id, q.user_id)::darkroom.ready_job
        order by q.rank, q.fair_key, q.job_id)
      into v_more
      from (
        select q.ctid as place, q.*
        from darkroom.queue as q
        where q.provider = v_provider
          and (q.rank, q.fair_key, q.job_id) > (
            coalesce((v_from -> v_provider ->> 0)::smallint, (-11)::smallint),
            coalesce((v_from -> v_provider ->> 1)::bigint, 0),
            coalesce((v_from -> v_provider ->> 2)::bigint, 0))
        order by q.provider, q.rank, q.fair_key, q.job_id
        limit v_share
        for update skip locked
      ) as q;

      if v_more is null or cardinality(v_more) < v_share then
        v_room[i] := 0;
      else
        v_room[i] := v_room[i] - v_share;
      end if;
      if v_more is not null then
        v_found := v_found || v_more;
        v_left := v_left - cardinality(v_more);
        exit when v_left = 0;
        v_last := v_more[cardinality(v_more)];
        v_from := v_from || jsonb_build_object(v_provider,
          jsonb_build_array(v_last.rank, v_last.fair_key, v_last.job_id));
      end if;
    end loop;
    exit when v_left = 0 or not 0 < any (v_room);
  end loop;
  return v_found;
end
$$;
comment on function darkroom.find_ready_jobs(text[], text[], integer, jsonb) is
  'Locks and returns the next ready jobs of these providers, fairly shared among them.';
