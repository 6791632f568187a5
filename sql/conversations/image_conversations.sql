-- The conversations about one image. Called by: clients.
create or replace function darkroom.image_conversations(p_image uuid) returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.reading_user();
begin
  if not exists (select from darkroom.images as i where i.user_id = v_user and i.id = p_image) then
    perform darkroom.not_found('image');
  end if;
  return jsonb_build_object(
    'items', darkroom.conversations_about(v_user, array[p_image]), 'next_cursor', null, 'seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.image_conversations(uuid) is
  'The conversations that started from an image of the current user or made it: {items with relation, next_cursor, seq}; DR404.';
