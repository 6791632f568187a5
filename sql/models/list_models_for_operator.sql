-- The whole catalogue, inactive models too, with what an operator wants to know beside each: can it be called at all?
-- usable_tokens is null where the provider has no tokens on record and is called without.
-- Called by: operators.
create or replace function darkroom.list_models_for_operator()
  returns table (
    id text,
    name text,
    provider text,
    provider_model text,
    capability text,
    can_edit boolean,
    max_references integer,
    max_quantity integer,
    credits_per_call integer,
    aspect_ratios text[],
    resolutions text[],
    options jsonb,
    is_default boolean,
    average_seconds numeric,
    active boolean,
    created_at timestamptz,
    usable_tokens bigint
  )
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select
    m.id, m.name, m.provider, m.provider_model, m.capability, m.can_edit, m.max_references, m.max_quantity, m.credits_per_call,
    m.aspect_ratios, m.resolutions, m.options, m.is_default, m.average_seconds, m.active, m.created_at, t.usable
  from darkroom.models as m
  left join (
    select p.provider, count(*) filter (where p.active) as usable
    from darkroom.provider_tokens as p
    group by p.provider
  ) as t on t.provider = m.provider
  order by m.capability, m.active desc, m.is_default desc, m.id
$$;
comment on function darkroom.list_models_for_operator() is 'The whole catalogue with the number of usable tokens of each model''s provider.';
