-- One batch with its items. Called by: clients.
create or replace function darkroom.get_batch(p_id uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_object jsonb := darkroom.batch_detail(v_user, p_id);
begin
  if v_object is null then
    perform darkroom.not_found('batch');
  end if;
  return jsonb_build_object('batch', v_object, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_batch(uuid) is 'One batch of the current user with its items: {batch, seq}; DR404.';
