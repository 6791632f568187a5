-- Takes a generation, an image or a conversation out of the trash, as it was. A conversation brings back the turns that
-- were thrown away with it.
-- Lock order: the user's mutex first. Writes: what apply_to_library writes. Called by: clients.
create or replace function darkroom.restore(p_kind text, p_id uuid) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_reply jsonb := darkroom.apply_to_one(v_user, 'restore', p_kind, p_id);
begin
  return v_reply || jsonb_build_object(p_kind, case p_kind
    when 'generation' then darkroom.generation_object(v_user, p_id)
    when 'image' then darkroom.image_object(v_user, p_id)
    when 'conversation' then darkroom.conversation_object(v_user, p_id)
  end);
end
$$;
comment on function darkroom.restore(text, uuid) is
  'Takes a generation, image or conversation out of the trash: {kind, id}, and the object under the name of its kind.';
