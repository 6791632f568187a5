-- One link. Called by: clients.
create or replace function darkroom.get_link(p_id uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_object jsonb := (select o.object from darkroom.link_objects(v_user, array[p_id]) as o);
begin
  if v_object is null then
    perform darkroom.not_found('link');
  end if;
  return jsonb_build_object('link', v_object, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_link(uuid) is 'One link of the current user: {link, seq}; DR404.';
