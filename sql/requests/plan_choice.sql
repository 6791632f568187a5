-- An aspect ratio or a resolution that every model of the request supports. Without a wish it is the one of the picture
-- that the request starts from, else the first model's first; either way one that most of the models share.
create or replace function darkroom.plan_choice(p_request jsonb, p_field text, p_models jsonb, p_inherited text) returns text
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_wish text := darkroom.text_field(p_request, p_field, 20);
  v_choice text;
  v_bad record;
begin
  if v_wish is null then
    select o.choice into v_choice
    from (
      select
        o.choice,
        count(*) as models,
        min(o.place) filter (where m.id = p_models -> 0 ->> 'id') as place
      from darkroom.models as m
      cross join unnest(case p_field when 'aspect_ratio' then m.aspect_ratios else m.resolutions end)
        with ordinality as o (choice, place)
      where m.id in (select i.item ->> 'id' from jsonb_array_elements(p_models) as i (item))
      group by o.choice
    ) as o
    order by o.models desc, o.choice is distinct from p_inherited, o.place
    limit 1;
    return v_choice;
  end if;
  select m.name, case p_field when 'aspect_ratio' then m.aspect_ratios else m.resolutions end as choices into v_bad
  from darkroom.models as m
  where m.id in (select i.item ->> 'id' from jsonb_array_elements(p_models) as i (item))
    and not v_wish = any (case p_field when 'aspect_ratio' then m.aspect_ratios else m.resolutions end)
  limit 1;
  if found then
    perform darkroom.invalid('/' || p_field, format('%s does not support %s.', v_bad.name, v_wish),
      'It supports ' || array_to_string(v_bad.choices, ', ') || '.');
  end if;
  return v_wish;
end
$$;
comment on function darkroom.plan_choice(jsonb, text, jsonb, text) is 'The aspect ratio or resolution of a request, supported by its models.';
