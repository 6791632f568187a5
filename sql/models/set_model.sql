-- The catalogue is the operator's: a model that is not there yet is added, one that is there is changed, and what the
-- changes do not name stays as it is. Exactly one active model is the default of each capability: naming another moves
-- the flag, and it cannot simply be taken away.
--
-- Jobs that wait already keep the provider and the price of the day they were asked for.
-- Locks: models against other writers (readers go on). Writes: models, provider_clocks. Called by: operators.
create or replace function darkroom.set_model(p_id text, p_changes jsonb) returns darkroom.models
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_was darkroom.models;
  v_new darkroom.models;
  v_constraint text;
  v_column text;
begin
  if p_id is null or p_id !~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$' then
    perform darkroom.invalid('/id', 'A model''s id has 1 to 200 letters, digits, and . _ : / -.',
      'Write it as users know it, such as google/gemini-2.5-flash-image.');
  end if;
  perform darkroom.check_model_changes(p_changes);

  lock table darkroom.models in share row exclusive mode;
  select m.* into v_was from darkroom.models as m where m.id = p_id;
  if v_was.id is null then
    if not p_changes ? 'provider' then
      perform darkroom.invalid('/provider', format('There is no model "%s" yet, and a new one needs its provider.', p_id),
        'Check the id, or name the provider.');
    end if;
    v_was := jsonb_populate_record(null::darkroom.models, jsonb_build_object(
      'id', p_id, 'name', left(regexp_replace(p_id, '^.*/(?=.)', ''), 100), 'provider_model', p_id, 'capability', 'image',
      'can_edit', false, 'max_references', 0, 'max_quantity', 8, 'credits_per_call', 1, 'aspect_ratios', '["1:1"]'::jsonb,
      'resolutions', '["1K"]'::jsonb, 'options', '{}'::jsonb, 'is_default', false, 'average_seconds', 10, 'active', true,
      'created_at', darkroom.clock()));
  elsif p_changes ? 'capability' and p_changes ->> 'capability' <> v_was.capability then
    perform darkroom.invalid('/capability', 'What a model is for cannot change: jobs and images name it.',
      'Add another model.');
  end if;
  v_new := jsonb_populate_record(v_was, p_changes - 'default');
  v_new.is_default := coalesce((p_changes -> 'default')::boolean, v_was.is_default);

  if v_was.is_default and not v_new.is_default then
    perform darkroom.refuse('DR409', 'conflict', format('"%s" is the default, and requests without a model need one.', p_id),
      'Make another model the default; that moves it.', '/default');
  end if;
  if v_new.is_default and not v_new.active then
    perform darkroom.refuse('DR409', 'conflict', format('"%s" cannot be the default and inactive.', p_id),
      'Make another model the default first.', '/active');
  end if;

  if v_new.is_default then
    update darkroom.models as m
    set is_default = false
    where m.capability = v_new.capability and m.is_default and m.id <> p_id;
  end if;
  begin
    insert into darkroom.models as m values (v_new.*)
    on conflict (id) do update
    set (name, provider, provider_model, can_edit, max_references, max_quantity, credits_per_call, aspect_ratios, resolutions,
        options, is_default, average_seconds, active)
      = (excluded.name, excluded.provider, excluded.provider_model, excluded.can_edit, excluded.max_references,
        excluded.max_quantity, excluded.credits_per_call, excluded.aspect_ratios, excluded.resolutions, excluded.options,
        excluded.is_default, excluded.average_seconds, excluded.active)
    returning m.* into v_new;
  exception
    when check_violation then
      get stacked diagnostics v_constraint = constraint_name;
      -- Its name is models_<column>_<what it checks>.
      select r.key into v_column
      from darkroom.model_rules() as r
      where v_constraint like 'models\_' || replace(r.key, '_', '\_') || '\_%'
      order by length(r.key) desc
      limit 1;
      perform darkroom.invalid('/' || coalesce(v_column, ''),
        format('%s is %s.', v_column, (select r.rule from darkroom.model_rules() as r where r.key = v_column)),
        'Correct it and try again.');
  end;
  -- Its provider's clocks, so that they are there before the first job (charge_and_queue).
  insert into darkroom.provider_clocks (provider, priority)
  select v_new.provider, p.priority
  from generate_series(-10, 10) as p (priority)
  on conflict do nothing;
  return v_new;
end
$$;
comment on function darkroom.set_model(text, jsonb) is
  'Adds a model to the catalogue or changes the properties named: {name, provider, provider_model, credits_per_call, default, active, …}.';
