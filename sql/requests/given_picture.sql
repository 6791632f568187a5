-- An image as a reference that a call brings along by itself, in the form of plan_references.
create or replace function darkroom.given_picture(p_image darkroom.images, p_role text) returns jsonb
  language sql
  immutable
  parallel safe
as $$
  select jsonb_build_object(
    'role', p_role, 'upload_id', null, 'image_id', p_image.id, 'object_key', p_image.object_key,
    'content_type', p_image.content_type)
$$;
comment on function darkroom.given_picture(darkroom.images, text) is 'An image as a planned reference.';
