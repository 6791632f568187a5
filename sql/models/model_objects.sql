-- Models as clients see them. Which provider serves a model, and under what name, is the operator's business.
-- Called by: list_models.
create or replace function darkroom.model_objects(p_ids text[])
  returns table (id text, object jsonb)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    m.id,
    jsonb_build_object(
      'id', m.id,
      'name', m.name,
      'capability', m.capability,
      'can_edit', m.can_edit,
      'max_references', m.max_references,
      'credits_per_call', m.credits_per_call,
      'aspect_ratios', m.aspect_ratios,
      'resolutions', m.resolutions,
      'max_quantity', m.max_quantity,
      'options', m.options,
      'default', m.is_default,
      'average_seconds', m.average_seconds,
      'active', m.active)
  from darkroom.models as m
  where m.id = any (p_ids);
end
$$;
comment on function darkroom.model_objects(text[]) is 'The model objects of these ids, in no order.';
