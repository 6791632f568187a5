-- An image that a call wants to work from: the user's own, and neither it nor its generation in the trash.
create or replace function darkroom.live_image(p_user uuid, p_id uuid) returns darkroom.images
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_image darkroom.images;
begin
  select i.* into v_image from darkroom.images as i where i.user_id = p_user and i.id = p_id;
  if not found then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such image.', '', '/image_id');
  end if;
  if v_image.deleted_at is not null
    or exists (
      select from darkroom.generations as g
      where g.user_id = p_user and g.id = v_image.generation_id and g.deleted_at is not null)
  then
    perform darkroom.refuse('DR409', 'in-trash', 'This image is in the trash.', 'Restore it first.', '/image_id');
  end if;
  return v_image;
end
$$;
comment on function darkroom.live_image(uuid, uuid) is 'An image of the user that is not in the trash, or DR404, DR409.';
