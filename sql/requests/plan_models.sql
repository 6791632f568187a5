-- The models of a request, each usable for it, with what a job needs to know of them: [{id, provider, provider_model, credits}].
-- p_references is how many pictures they will be given; an edit needs models that can edit.
create or replace function darkroom.plan_models(p_models jsonb, p_references integer, p_edit boolean) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad text;
  v_planned jsonb;
begin
  if jsonb_typeof(p_models) <> 'array' or jsonb_array_length(p_models) not between 1 and 16
    or exists (select from jsonb_array_elements(p_models) as m (id) where jsonb_typeof(m.id) <> 'string')
  then
    perform darkroom.invalid('/models', '"models" is a list of 1 to 16 model ids.');
  end if;
  if (select count(distinct m.id) from jsonb_array_elements_text(p_models) as m (id)) < jsonb_array_length(p_models) then
    perform darkroom.invalid('/models', 'A model is named twice.', 'Use quantity for more images of one model.');
  end if;
  select r.id into v_bad
  from jsonb_array_elements_text(p_models) as r (id)
  where not exists (select from darkroom.models as m where m.id = r.id and m.active and m.capability = 'image');
  if found then
    perform darkroom.refuse('DR404', 'not-found', format('There is no image model "%s".', v_bad),
      'The list of models (GET /v1/models, `darkroom model list`) says what there is.', '/models');
  end if;
  select m.name into v_bad
  from darkroom.models as m
  where m.id in (select r.id from jsonb_array_elements_text(p_models) as r (id))
    and ((p_edit and not m.can_edit) or (p_references > 0 and m.max_references = 0));
  if found then
    perform darkroom.refuse('DR422', 'model-cannot-edit', format('%s cannot work from pictures.', v_bad),
      'Choose a model with can_edit.', '/models');
  end if;
  select format('%s takes at most %s pictures, not %s.', m.name, m.max_references, p_references) into v_bad
  from darkroom.models as m
  where m.id in (select r.id from jsonb_array_elements_text(p_models) as r (id)) and m.max_references < p_references
  limit 1;
  if found then
    perform darkroom.invalid('/references', v_bad);
  end if;
  select jsonb_agg(jsonb_build_object('id', m.id, 'provider', m.provider, 'provider_model', m.provider_model,
    'credits', m.credits_per_call) order by r.place)
  into v_planned
  from jsonb_array_elements_text(p_models) with ordinality as r (id, place)
  join darkroom.models as m on m.id = r.id;
  return v_planned;
end
$$;
comment on function darkroom.plan_models(jsonb, integer, boolean) is 'The models of a request, checked: [{id, provider, provider_model, credits}].';
