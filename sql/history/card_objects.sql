-- History cards as clients see them: all live images, oldest first, those of edits among them. The cover is the selected
-- image of the oldest live generation that has images, else its first. viewed: nothing finished here waits to be looked at.
-- Each part is looked up for its card, see generation_objects.
-- Called by: list_history, card_object, deliver_events. Not for clients: it takes a user.
drop function if exists darkroom.card_objects(uuid, uuid[]);  -- its objects were jsonb
create or replace function darkroom.card_objects(p_user uuid, p_ids uuid[])
  returns table (id uuid, object json)
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
  select
    k.id,
    json_build_object(
      'id', k.id,
      'title', k.title,
      'project_id', k.project_id,
      'batch', (
        select json_build_object('id', b.id, 'name', b.name)
        from darkroom.batches as b
        where b.user_id = p_user and b.id = f.batch_id),
      'generation_count', k.generation_count,
      'image_count', k.image_count,
      'active_count', k.active_count,
      'credits_used', k.credits_used,
      'edited', coalesce(s.edited, false),
      'cover_image', s.cover,
      'images', coalesce(s.images, '[]'),
      'viewed', not coalesce(f.unviewed, false),
      'created_at', darkroom.json_time(k.created_at),
      'last_activity_at', darkroom.json_time(k.last_activity_at))
  from unnest(p_ids) as c (id)
  cross join lateral (select k.* from darkroom.history_cards as k where k.user_id = p_user and k.id = c.id offset 0) as k
  cross join lateral (
    select
      bool_or(g.attention and g.finished_at is not null) as unviewed,
      (array_agg(g.batch_id order by g.id) filter (where g.batch_id is not null))[1] as batch_id
    from darkroom.generations as g
    where g.user_id = p_user and g.card_id = k.id and g.deleted_at is null
  ) as f
  cross join lateral (
    select
      json_agg(i.object order by i.id) as images,
      (array_agg(i.object order by i.generation_id, i.selected is not true, i.id))[1] as cover,
      bool_or(i.edited) as edited
    from (
      select
        i.id, i.generation_id, i.edited, i.id = g.selected_image_id as selected,
        darkroom.image_json(i, (select m.name from darkroom.models as m where m.id = i.model)) as object
      from darkroom.generations as g
      join darkroom.images as i on i.user_id = p_user and i.generation_id = g.id and i.deleted_at is null
      where g.user_id = p_user and g.card_id = k.id and g.deleted_at is null
      offset 0
    ) as i
  ) as s;
end
$$;
comment on function darkroom.card_objects(uuid, uuid[]) is 'The card objects of these ids of a user, in no order.';
