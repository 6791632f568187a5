-- Conversations as clients see them, without their turns (conversation_detail). Turns and images in the trash do not
-- count; the source is shown even from there, since the thread hangs on it, until it is purged.
-- Called by: everything that answers with a conversation. Not for clients: it takes a user.
create or replace function darkroom.conversation_objects(p_user uuid, p_ids uuid[])
  returns table (id uuid, object jsonb)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set jit = off
as $$
#variable_conflict use_column
begin
  return query
  with turns as materialized (
    select g.conversation_id, g.id, g.turn_index, g.finished_at is null as unfinished
    from darkroom.generations as g
    where g.user_id = p_user and g.conversation_id = any (p_ids) and g.deleted_at is null
  ),
  counted as (
    select t.conversation_id, count(*) as turn_count, bool_or(t.unfinished) as busy
    from turns as t
    group by t.conversation_id
  ),
  made as materialized (
    select
      t.conversation_id,
      count(*) as image_count,
      (array_agg(i.id order by t.turn_index desc, i.id desc))[1] as latest_id
    from turns as t
    join darkroom.images as i on i.user_id = p_user and i.generation_id = t.id
    where i.deleted_at is null
    group by t.conversation_id
  ),
  shown as materialized (
    select o.id, o.object
    from darkroom.image_objects(p_user, array(
      select m.latest_id from made as m
      union
      select c.source_image_id
      from darkroom.conversations as c
      where c.user_id = p_user and c.id = any (p_ids) and c.source_image_id is not null)) as o
  )
  select
    c.id,
    jsonb_build_object(
      'id', c.id,
      'title', c.title,
      'source_image', s.object,
      'settings', c.settings,
      'turn_count', coalesce(n.turn_count, 0),
      'image_count', coalesce(m.image_count, 0),
      'latest_image', l.object,
      'busy', coalesce(n.busy, false),
      'metadata', c.metadata,
      'created_at', darkroom.json_time(c.created_at),
      'updated_at', darkroom.json_time(c.updated_at),
      'deleted_at', darkroom.json_time(c.deleted_at))
  from darkroom.conversations as c
  left join counted as n on n.conversation_id = c.id
  left join made as m on m.conversation_id = c.id
  left join shown as s on s.id = c.source_image_id
  left join shown as l on l.id = m.latest_id
  where c.user_id = p_user and c.id = any (p_ids);
end
$$;
comment on function darkroom.conversation_objects(uuid, uuid[]) is
  'The conversation objects of these ids of a user, without turns, in no order.';
