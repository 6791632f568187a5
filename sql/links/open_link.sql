-- Where the bytes of the image lie that a link shows. Null: unknown, deleted, expired, its image in the trash, its user
-- disabled; whoever asks cannot tell which.
-- Called by: the API, for anybody who has a link.
create or replace function darkroom.open_link(p_sha256 bytea, p_size text default 'full') returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_link record;
begin
  select l.user_id, l.image_id into v_link
  from darkroom.links as l
  join darkroom.users as u on u.id = l.user_id
  join darkroom.images as i on i.user_id = l.user_id and i.id = l.image_id
  join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
  where l.token_sha256 = p_sha256 and l.expires_at > darkroom.clock()
    and u.disabled_at is null and i.deleted_at is null and g.deleted_at is null;
  if not found then
    return null;
  end if;
  return darkroom.image_file(v_link.user_id, v_link.image_id, p_size);
end
$$;
comment on function darkroom.open_link(bytea, text) is
  'Where the image of a link (by the sha256 of its token) is stored: {object_key, content_type, version, name}, or null.';
