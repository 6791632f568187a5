-- One card. Called by: clients.
create or replace function darkroom.get_card(p_id uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_object jsonb := darkroom.card_object(v_user, p_id);
begin
  if v_object is null then
    perform darkroom.not_found('card');
  end if;
  return jsonb_build_object('card', v_object, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.get_card(uuid) is 'One card of the current user: {card, seq}; DR404.';
