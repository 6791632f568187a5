-- Where a generation comes from and what came of it. See lineage_of.
-- Called by: clients.
create or replace function darkroom.get_lineage(p_id uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
begin
  if not exists (select from darkroom.generations as g where g.user_id = v_user and g.id = p_id) then
    perform darkroom.not_found('generation');
  end if;
  return darkroom.lineage_of(v_user, p_id) || jsonb_build_object('seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_lineage(uuid) is
  'Ancestors and descendants of a generation of the current user, at most 500: {nodes, truncated, seq}; DR404.';
