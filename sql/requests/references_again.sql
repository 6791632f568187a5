-- The pictures a generation was given, for making it again. All must still be there: an edit without its source would be
-- something else.
create or replace function darkroom.references_again(p_user uuid, p_generation uuid) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_references jsonb;
  v_gone boolean;
begin
  select
    coalesce(jsonb_agg(jsonb_build_object(
      'role', r.role, 'upload_id', r.upload_id, 'image_id', r.image_id, 'object_key', r.object_key, 'content_type', r.content_type
    ) order by r.position), '[]'),
    bool_or((r.upload_id is null and r.image_id is null) or i.deleted_at is not null or g.deleted_at is not null)
  into v_references, v_gone
  from darkroom.generation_references as r
  left join darkroom.images as i on i.user_id = r.user_id and i.id = r.image_id
  left join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
  where r.user_id = p_user and r.generation_id = p_generation;
  if v_gone then
    perform darkroom.refuse('DR409', 'source-gone', 'A picture this was made from is in the trash or gone.',
      'Restore it, or start from another one.');
  end if;
  return v_references;
end
$$;
comment on function darkroom.references_again(uuid, uuid) is 'The references of a generation, all still there, or DR409 source-gone.';
