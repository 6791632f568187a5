-- From a request to a plan that enqueue can carry out: everything is checked here, before anything is written.
-- p_given are pictures the call brings along by itself (an edit's source, a turn's previous images); they come before
-- the ones the request names. p_default_models are used when the request names none, and the aspect ratio and
-- resolution of p_inherited where it wishes for none.
-- Called by: every function that creates generations.
create or replace function darkroom.plan_request(
  p_user uuid,
  p_request jsonb,
  p_given jsonb default '[]',
  p_default_models jsonb default null,
  p_edit boolean default false,
  p_inherited jsonb default '{}'
) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user darkroom.users;
  v_references jsonb;
  v_models jsonb;
  v_wanted jsonb := nullif(p_request -> 'models', 'null');
  v_quantity integer := coalesce(darkroom.whole_field(p_request, 'quantity', 1, 8), 1);
  v_project uuid := darkroom.uuid_field(p_request, 'project_id');
  v_options jsonb := coalesce(nullif(p_request -> 'options', 'null'), '{}');
  v_caption_model jsonb;
  v_bad record;
begin
  select u.* into v_user from darkroom.users as u where u.id = p_user;
  v_references := p_given || darkroom.plan_references(p_user, p_request -> 'references');
  if (
    select count(*) filter (where r.role = 'mask') > case when bool_or(r.role <> 'mask') then 1 else 0 end
    from jsonb_to_recordset(v_references) as r (role text))
  then
    perform darkroom.invalid('/references', 'A mask says what to change of a picture: one mask at most, and with a picture.');
  end if;
  if v_wanted is null then
    v_wanted := coalesce(p_default_models, (
      select jsonb_build_array(m.id) from darkroom.models as m where m.is_default and m.active and m.capability = 'image'));
    if v_wanted is null then
      perform darkroom.invalid('/models', 'There is no default model.', 'Name the models.');
    end if;
  end if;
  v_models := darkroom.plan_models(v_wanted, jsonb_array_length(v_references), p_edit);

  select m.name, m.max_quantity into v_bad
  from darkroom.models as m
  where m.id in (select i.item ->> 'id' from jsonb_array_elements(v_models) as i (item)) and m.max_quantity < v_quantity
  limit 1;
  if found then
    perform darkroom.invalid('/quantity', format('%s makes at most %s images per request.', v_bad.name, v_bad.max_quantity));
  end if;
  if jsonb_typeof(v_options) <> 'object' then
    perform darkroom.invalid('/options', '"options" is not an object.');
  end if;
  select o.key, m.name, case
      when m.options ? o.key then darkroom.option_problem(m.options -> o.key, o.value)
      else 'is unknown' end as problem
  into v_bad
  from jsonb_each(v_options) as o
  cross join darkroom.models as m
  where m.id in (select i.item ->> 'id' from jsonb_array_elements(v_models) as i (item))
    and (not m.options ? o.key or darkroom.option_problem(m.options -> o.key, o.value) is not null)
  limit 1;
  if found then
    perform darkroom.invalid('/options/' || v_bad.key, format('For %s the option "%s" %s.', v_bad.name, v_bad.key, v_bad.problem));
  end if;
  if v_project is not null
    and not exists (select from darkroom.projects as p where p.user_id = p_user and p.id = v_project)
  then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such project.', '', '/project_id');
  end if;
  if darkroom.flag_field(p_request, 'write_caption') then
    if darkroom.text_field(p_request, 'caption', 32000) is not null then
      perform darkroom.invalid('/write_caption', 'A caption is either given or written, not both.');
    end if;
    select jsonb_build_object('id', m.id, 'provider', m.provider, 'provider_model', m.provider_model,
      'credits', m.credits_per_call)
    into v_caption_model
    from darkroom.models as m
    where m.is_default and m.active and m.capability = 'text';
    if not found then
      perform darkroom.invalid('/write_caption', 'There is no model to write captions with.', 'Give a caption, or none.');
    end if;
  end if;

  return jsonb_build_object(
    'models', v_models,
    'caption_model', v_caption_model,
    'quantity', v_quantity,
    'references', v_references,
    'project_id', v_project,
    'caption', darkroom.text_field(p_request, 'caption', 32000),
    'name', btrim(darkroom.text_field(p_request, 'name', 200)),
    'metadata', darkroom.metadata_field(p_request),
    'priority', coalesce(darkroom.whole_field(p_request, 'priority', -10, v_user.max_priority), 0),
    'run_at', darkroom.run_at_field(p_request),
    'seed', darkroom.whole_field(p_request, 'seed', 0, 9007199254740991),
    'settings', jsonb_build_object(
      'models', v_wanted,
      'quantity', v_quantity,
      'aspect_ratio', darkroom.plan_choice(p_request, 'aspect_ratio', v_models, p_inherited ->> 'aspect_ratio'),
      'resolution', darkroom.plan_choice(p_request, 'resolution', v_models, p_inherited ->> 'resolution'),
      'options', v_options));
end
$$;
comment on function darkroom.plan_request(uuid, jsonb, jsonb, jsonb, boolean, jsonb) is 'Checks a request and answers the plan that enqueue carries out.';
