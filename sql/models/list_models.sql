-- The catalogue, in one page: models that can be used first, then those that were, since old images still name them.
-- object and data are for programs made for OpenAI's API, which look there for a list of what can be used.
-- Called by: clients.
create or replace function darkroom.list_models(p_filter jsonb default '{}') returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_page record;
  v_items jsonb;
  v_data jsonb;
begin
  select p.* into v_page
  from darkroom.read_page(v_user, 'models', p_filter, '{"capability": ["image", "text"], "active": "flag"}') as p;

  select
    jsonb_agg(o.object order by m.active desc, m.is_default desc, m.name, m.id),
    jsonb_agg(darkroom.openai_model(m) order by m.is_default desc, m.name, m.id) filter (where m.active)
  into v_items, v_data
  from darkroom.models as m
  join darkroom.model_objects(array(select m.id from darkroom.models as m)) as o on o.id = m.id
  where (v_page.filter ->> 'capability' is null or m.capability = v_page.filter ->> 'capability')
    and (v_page.filter ->> 'active' is null or m.active = (v_page.filter ->> 'active')::boolean);
  return darkroom.list_reply(v_user, v_items, 0, v_page.page_limit, v_page.binding, null)
    || jsonb_build_object('object', 'list', 'data', coalesce(v_data, '[]'));
end
$$;
comment on function darkroom.list_models(jsonb) is
  'The models there are, all in one page: {items, next_cursor, seq}, and {object, data} as OpenAI lists them. Filters: capability, active.';
