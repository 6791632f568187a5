-- An aspect ratio or a resolution that every model of the request supports; without a wish, the first model's first
-- that the others share.
create or replace function darkroom.plan_choice(p_request jsonb, p_field text, p_models jsonb) returns text
  language plpgsql
  stable
  set search_path = ''
as $$
declare
  v_wish text := darkroom.text_field(p_request, p_field, 20);
  v_choice text;
  v_bad record;
begin
  if v_wish is null then
    select o.choice into v_choice
    from darkroom.models as m,
      unnest(case p_field when 'aspect_ratio' then m.aspect_ratios else m.resolutions end) with ordinality as o (choice, place)
    where m.id = p_models -> 0 ->> 'id'
    order by
      (select count(*) from darkroom.models as x
       where x.id in (select i.item ->> 'id' from jsonb_array_elements(p_models) as i (item))
         and o.choice = any (case p_field when 'aspect_ratio' then x.aspect_ratios else x.resolutions end)) desc,
      o.place
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
comment on function darkroom.plan_choice(jsonb, text, jsonb) is 'The aspect ratio or resolution of a request, supported by all its models.';
