-- The image a generation is to be shown by must be one of its own, and there.
-- Called by: update_generation.
create or replace function darkroom.check_selected_image(p_generation darkroom.generations) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_image darkroom.images;
begin
  if p_generation.selected_image_id is null then
    return;
  end if;
  select i.* into v_image
  from darkroom.images as i
  where i.user_id = p_generation.user_id and i.id = p_generation.selected_image_id and i.generation_id = p_generation.id;
  if not found then
    perform darkroom.refuse('DR404', 'not-found', 'This generation has no such image.', '', '/selected_image_id');
  end if;
  if v_image.deleted_at is not null then
    perform darkroom.refuse('DR409', 'in-trash', 'This image is in the trash.', 'Restore it first.', '/selected_image_id');
  end if;
end
$$;
comment on function darkroom.check_selected_image(darkroom.generations) is 'Refuses a selected image that is not a live one of the generation.';
