-- The pictures a request names, each the user's own and present, with the object key as of now:
-- [{role, upload_id, image_id, object_key, content_type}].
create or replace function darkroom.plan_references(p_user uuid, p_references jsonb) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_item jsonb;
  v_place integer := 0;
  v_pointer text;
  v_field text;
  v_upload uuid;
  v_image uuid;
  v_found record;
  v_planned jsonb := '[]';
begin
  if p_references is null or p_references = 'null' then
    return v_planned;
  end if;
  if jsonb_typeof(p_references) <> 'array' or jsonb_array_length(p_references) > 64 then
    perform darkroom.invalid('/references', '"references" is a list of at most 64 pictures.');
  end if;
  for v_item in select r.item from jsonb_array_elements(p_references) as r (item) loop
    v_pointer := '/references/' || v_place;
    if jsonb_typeof(v_item) <> 'object' then
      perform darkroom.invalid(v_pointer, 'A reference is an object with upload_id or image_id.');
    end if;
    for v_field in select k.field from jsonb_object_keys(v_item) as k (field) order by k.field loop
      if v_field not in ('upload_id', 'image_id', 'role') then
        perform darkroom.invalid(v_pointer || '/' || v_field, format('The field "%s" is unknown here.', v_field),
          'Known fields: upload_id, image_id, role.');
      elsif v_field <> 'role' and (v_item ->> v_field) !~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then
        perform darkroom.invalid(v_pointer || '/' || v_field, format('"%s" is not an id.', v_field));
      end if;
    end loop;
    v_upload := v_item ->> 'upload_id';
    v_image := v_item ->> 'image_id';
    if (v_upload is null) = (v_image is null) then
      perform darkroom.invalid(v_pointer, 'A reference names either an upload_id or an image_id.');
    end if;
    if coalesce(v_item ->> 'role', 'manual') not in ('manual', 'mask', 'source') then
      perform darkroom.invalid(v_pointer || '/role', 'A role is manual, mask or source.');
    end if;
    if v_upload is not null then
      select u.object_key, u.content_type, null::timestamptz as deleted_at into v_found
      from darkroom.uploads as u
      where u.user_id = p_user and u.id = v_upload;
    else
      select i.object_key, i.content_type, coalesce(i.deleted_at, g.deleted_at) as deleted_at into v_found
      from darkroom.images as i
      join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
      where i.user_id = p_user and i.id = v_image;
    end if;
    if not found then
      perform darkroom.refuse('DR404', 'not-found', 'There is no such picture.', '', v_pointer);
    end if;
    if v_found.deleted_at is not null then
      perform darkroom.refuse('DR409', 'in-trash', 'This picture is in the trash.', 'Restore it first.', v_pointer);
    end if;
    v_planned := v_planned || jsonb_build_object(
      'role', coalesce(v_item ->> 'role', 'manual'), 'upload_id', v_upload, 'image_id', v_image,
      'object_key', v_found.object_key, 'content_type', v_found.content_type);
    v_place := v_place + 1;
  end loop;
  return v_planned;
end
$$;
comment on function darkroom.plan_references(uuid, jsonb) is 'The pictures of a request, checked to be the user''s own and present.';
