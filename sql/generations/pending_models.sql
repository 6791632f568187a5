-- The models that a generation still waits for, each once, in the order of its slots.
create or replace function darkroom.pending_models(p_models text[]) returns json
  language plpgsql
  immutable
  strict
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_agg(p.model order by p.place)
    from (
      select m.model, min(m.place) as place
      from unnest(p_models) with ordinality as m (model, place)
      group by m.model
    ) as p);
end
$$;
comment on function darkroom.pending_models(text[]) is 'These models, each once, in the order in which they first come.';
