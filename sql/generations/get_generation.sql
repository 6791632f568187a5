-- One generation, wherever it is, the trash included; on wish its object holds its lineage and the conversations about
-- its images as well.
-- Called by: clients.
create or replace function darkroom.get_generation(p_id uuid, p_include text[] default '{}') returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_object jsonb := darkroom.generation_object(v_user, p_id);
begin
  if v_object is null then
    perform darkroom.not_found('generation');
  end if;
  if not p_include <@ array['lineage', 'conversations'] then
    perform darkroom.invalid('/include', 'Only "lineage" and "conversations" can be included.');
  end if;
  if 'lineage' = any (p_include) then
    v_object := v_object || jsonb_build_object('lineage', darkroom.lineage_of(v_user, p_id));
  end if;
  if 'conversations' = any (p_include) then
    v_object := v_object || jsonb_build_object('conversations', darkroom.conversations_about(v_user, array(
      select i.id from darkroom.images as i where i.user_id = v_user and i.generation_id = p_id)));
  end if;
  return jsonb_build_object('generation', v_object, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_generation(uuid, text[]) is
  'One generation of the current user: {generation, seq}, in it lineage and conversations where p_include names them; DR404.';
