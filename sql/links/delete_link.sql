-- A link shows nothing after this. Writes: links. Called by: clients.
create or replace function darkroom.delete_link(p_id uuid) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
begin
  delete from darkroom.links as l where l.user_id = v_user and l.id = p_id;
  if not found then
    perform darkroom.not_found('link');
  end if;
  return jsonb_build_object('id', p_id);
end
$$;
comment on function darkroom.delete_link(uuid) is 'Deletes a link of the current user: {id}; DR404.';
