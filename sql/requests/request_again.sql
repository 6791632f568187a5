-- A generation's request, to be made again, with another seed, prompt or models if p_changes says so. The seed is new
-- unless the same or a number is asked for.
create or replace function darkroom.request_again(p_generation darkroom.generations, p_changes jsonb) returns jsonb
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_seed jsonb := coalesce(nullif(p_changes -> 'seed', 'null'), '"new"');
begin
  if jsonb_typeof(v_seed) = 'string' and v_seed #>> '{}' not in ('same', 'new') then
    perform darkroom.invalid('/seed', '"seed" is "same", "new" or a whole number.');
  end if;
  return jsonb_strip_nulls(jsonb_build_object(
    'prompt', case
      when nullif(p_changes -> 'prompt', 'null') is null then p_generation.prompt
      else darkroom.text_field(p_changes, 'prompt', 32000, true)
    end,
    'models', coalesce(nullif(p_changes -> 'models', 'null'), p_generation.settings -> 'models'),
    'quantity', p_generation.settings -> 'quantity',
    'aspect_ratio', p_generation.settings -> 'aspect_ratio',
    'resolution', p_generation.settings -> 'resolution',
    'options', p_generation.settings -> 'options',
    'metadata', p_generation.metadata,
    'seed', case v_seed #>> '{}'
      when 'same' then p_generation.settings -> 'seed'
      when 'new' then null
      else v_seed
    end));
end
$$;
comment on function darkroom.request_again(darkroom.generations, jsonb) is 'The request of a generation, as changed, to be made again.';
