-- Takes a generation, an image or a conversation out of the trash, as it was. A conversation brings back the turns that
-- were thrown away with it.
-- Lock order: the user's mutex first. Writes: what apply_to_library writes. Called by: clients.
create or replace function darkroom.restore(p_kind text, p_id uuid) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return darkroom.apply_to_one(darkroom.act_as_user(), 'restore', p_kind, p_id);
end
$$;
comment on function darkroom.restore(text, uuid) is 'Takes a generation, image or conversation out of the trash: {kind, id}.';
