-- Refuses what cannot be a model, naming the property: an unknown key, a value of another type, a value out of range.
-- Called by: set_model.
create or replace function darkroom.check_model_changes(p_changes jsonb) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text;
  v_rule text;
begin
  perform darkroom.check_fields(p_changes, array(select r.key from darkroom.model_rules() as r));
  select r.key, r.rule into v_key, v_rule
  from jsonb_each(p_changes) as c (key, value)
  join darkroom.model_rules() as r on r.key = c.key
  where not case r.kind
    when 'text' then jsonb_typeof(c.value) = 'string' and c.value #>> '{}' !~ '[[:cntrl:]]'
      and (c.value #>> '{}') = btrim(c.value #>> '{}') and length(c.value #>> '{}') between 1 and 200
    when 'flag' then jsonb_typeof(c.value) = 'boolean'
    when 'whole' then case when jsonb_typeof(c.value) = 'number'
      then (c.value #>> '{}')::numeric % 1 = 0 and (c.value #>> '{}')::numeric between 0 and 2147483647
      else false end
    when 'number' then case when jsonb_typeof(c.value) = 'number'
      then (c.value #>> '{}')::numeric > 0 and (c.value #>> '{}')::numeric <= 86400 else false end
    -- Of each schema, what option_problem reads.
    when 'object' then case when jsonb_typeof(c.value) = 'object'
      then not exists (
        select
        from jsonb_each(c.value) as o
        where jsonb_typeof(o.value) <> 'object'
          or coalesce(jsonb_typeof(o.value -> 'type'), 'string') <> 'string'
          or coalesce(jsonb_typeof(o.value -> 'enum'), 'array') <> 'array'
          or coalesce(jsonb_typeof(o.value -> 'minimum'), 'number') <> 'number'
          or coalesce(jsonb_typeof(o.value -> 'maximum'), 'number') <> 'number')
      else false end
    when 'list' then case when jsonb_typeof(c.value) = 'array'
      then (
        select count(*) between 1 and 50 and count(*) = count(distinct i.item)
          and bool_and(jsonb_typeof(i.item) = 'string' and i.item #>> '{}' ~ case r.key
            when 'aspect_ratios' then '^[1-9][0-9]{0,3}:[1-9][0-9]{0,3}$'
            else '^[A-Za-z0-9][A-Za-z0-9x]{0,19}$'
          end)
        from jsonb_array_elements(c.value) as i (item))
      else false end
  end
  order by r.key
  limit 1;
  if found then
    perform darkroom.invalid('/' || v_key, format('%s is %s.', v_key, v_rule), 'Correct it and try again.');
  end if;
end
$$;
comment on function darkroom.check_model_changes(jsonb) is 'Refuses changes to a model that name an unknown property or carry an impossible value.';
