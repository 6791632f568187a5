-- The providers to look at, starting at a different one each time, so that no provider is always served last.
create or replace function darkroom.providers_in_turn(p_providers text[]) returns text[]
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_providers text[] := p_providers;
  v_start integer;
begin
  if v_providers is null then
    select array_agg(distinct p.provider) into v_providers from darkroom.provider_clocks as p;
  end if;
  if coalesce(cardinality(v_providers), 0) < 2 then
    return coalesce(v_providers, '{}');
  end if;
  v_start := 1 + floor(random() * cardinality(v_providers));
  return v_providers[v_start:] || v_providers[:v_start - 1];
end
$$;
comment on function darkroom.providers_in_turn(text[]) is 'These providers, or all that ever had a job, rotated at random.';
