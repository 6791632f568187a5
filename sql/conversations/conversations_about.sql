-- The conversations that have to do with some images: those that started from one (source), and those in which one was
-- made (output), the latest used first. Not those in the trash.
-- Called by: get_generation, image_conversations. Not for clients: it takes a user.
create or replace function darkroom.conversations_about(p_user uuid, p_images uuid[]) returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_items jsonb;
begin
  with related as materialized (
    select c.id, c.updated_at, 'source' as relation
    from darkroom.conversations as c
    where c.user_id = p_user and c.source_image_id = any (p_images) and c.deleted_at is null
    union
    select c.id, c.updated_at, 'output'
    from darkroom.images as i
    join darkroom.generations as g on g.user_id = p_user and g.id = i.generation_id and g.deleted_at is null
    join darkroom.conversations as c on c.user_id = p_user and c.id = g.conversation_id and c.deleted_at is null
    where i.user_id = p_user and i.id = any (p_images)
  )
  select jsonb_agg(o.object || jsonb_build_object('relation', r.relation) order by r.updated_at desc, r.id desc, r.relation desc)
  into v_items
  from related as r
  join darkroom.conversation_objects(p_user, array(select r.id from related as r)) as o on o.id = r.id;
  return coalesce(v_items, '[]');
end
$$;
comment on function darkroom.conversations_about(uuid, uuid[]) is
  'The conversation objects around some images, each with relation source or output.';
