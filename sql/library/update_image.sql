-- PATCH of an image: favourite or not.
-- Lock order: the user's mutex first. Writes: images, events. Called by: clients.
create or replace function darkroom.update_image(p_id uuid, p_changes jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
begin
  perform darkroom.check_fields(p_changes, array['favourite']);
  perform darkroom.live_image(v_user, p_id);
  if p_changes -> 'favourite' = 'null' then
    perform darkroom.invalid('/favourite', '"favourite" is true or false.');
  end if;
  if p_changes ? 'favourite' then
    perform darkroom.favour_images(v_user, array[p_id], darkroom.flag_field(p_changes, 'favourite'));
  end if;
  return jsonb_build_object('image', darkroom.image_object(v_user, p_id));
end
$$;
comment on function darkroom.update_image(uuid, jsonb) is 'Changes favourite of an image: {image}.';
