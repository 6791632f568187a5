-- One collection. Called by: clients.
create or replace function darkroom.get_collection(p_id uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_object jsonb := darkroom.collection_object(v_user, p_id);
begin
  if v_object is null then
    perform darkroom.not_found('collection');
  end if;
  return jsonb_build_object('collection', v_object, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_collection(uuid) is 'One collection of the current user: {collection, seq}; DR404.';
