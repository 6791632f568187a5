-- Generations as clients see them, with their images (those not in the trash), all their jobs (a retried one stays, and
-- its successor says so in retry_of) and what they were given. See image_objects for why there is one builder only.
-- queue_position and eta_seconds are an estimate of the moment of reading; everything else changes with an event.
-- Each part is looked up for its generation, never joined: an index tells all of them, and most calls are about one
-- generation, where starting a join costs more than its work. offset 0 keeps the planner from joining after all.
-- Called by: everything that answers with a generation. Not for clients: it takes a user.
drop function if exists darkroom.generation_objects(uuid, uuid[]);  -- its objects were jsonb
create or replace function darkroom.generation_objects(p_user uuid, p_ids uuid[])
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
  if cardinality(p_ids) = 0 then
    return;  -- starting so large a statement takes as long as a small read
  end if;
  return query
  with places as materialized (select darkroom.queue_places(p_user, p_ids) as by_id)  -- looked up if one is queued
  select
    g.id,
    json_build_object(
      'id', g.id,
      'card_id', g.card_id,
      'project_id', g.project_id,
      'batch_id', g.batch_id,
      'template_id', g.template_id,
      'conversation_id', g.conversation_id,
      'turn_index', g.turn_index,
      'category', g.category,
      'name', g.name,
      'prompt', g.prompt,
      'caption', g.caption,
      'status', g.status,
      'settings', g.settings,
      'models', coalesce((
        select json_agg(json_build_object('id', a.model, 'name', darkroom.model_label(a.model, (
          select m.name from darkroom.models as m where m.id = a.model))))
        from jsonb_array_elements_text(
          case when jsonb_typeof(g.settings -> 'models') = 'array' then g.settings -> 'models' else '[]' end) as a (model)
      ), '[]'),
      'total', g.total,
      'completed', g.completed,
      'failed', g.failed,
      'cancelled', g.cancelled,
      'pending', g.total - g.completed - g.failed - g.cancelled,
      'pending_models', coalesce(darkroom.pending_models(j.pending), '[]'),
      'selected_image_id', (
        select i.id
        from darkroom.images as i
        where i.user_id = p_user and i.id = g.selected_image_id and i.generation_id = g.id and i.deleted_at is null),
      'images', coalesce((
        select json_agg(
          darkroom.image_json(i, (select m.name from darkroom.models as m where m.id = i.model)) order by i.slot, i.id)
        from darkroom.images as i
        where i.user_id = p_user and i.generation_id = g.id and i.deleted_at is null), '[]'),
      'jobs', coalesce(j.objects, '[]'),
      'references', coalesce((
        select json_agg(json_build_object(
          'position', r.position, 'role', r.role, 'upload_id', r.upload_id, 'image_id', r.image_id,
          'url', coalesce(darkroom.image_url(r.image_id), darkroom.upload_url(r.upload_id))
        ) order by r.position)
        from darkroom.generation_references as r
        where r.user_id = p_user and r.generation_id = g.id), '[]'),
      'credits_used', g.credits_used,
      'credits_held', g.credits_held,
      'parent_id', g.parent_id,
      'source_image_id', g.source_image_id,
      'regenerated_from_id', g.regenerated_from_id,
      'viewed', g.viewed_at is not null,
      'viewed_at', darkroom.json_time(g.viewed_at),
      'queue_position', case when g.status = 'queued' then (
        select p.by_id -> g.id::text -> 'queue_position' from places as p) end,
      'eta_seconds', case when g.status = 'queued' then (
        select p.by_id -> g.id::text -> 'eta_seconds' from places as p) end,
      'metadata', g.metadata,
      'deleted_at', darkroom.json_time(g.deleted_at),
      'created_at', darkroom.json_time(g.created_at),
      'updated_at', darkroom.json_time(g.updated_at),
      'finished_at', darkroom.json_time(g.finished_at))
  from unnest(p_ids) as k (id)
  cross join lateral (select g.* from darkroom.generations as g where g.user_id = p_user and g.id = k.id offset 0) as g
  cross join lateral (
    select
      json_agg(darkroom.job_json(j, i.id) order by j.id) as objects,
      array_agg(j.model order by j.slot) filter (where j.kind = 'image' and j.finished_at is null) as pending
    from darkroom.jobs as j
    left join lateral (
      select i.id
      from darkroom.images as i
      where i.user_id = p_user and i.generation_id = j.generation_id and i.job_id = j.id
      offset 0
    ) as i on true
    where j.user_id = p_user and j.generation_id = g.id
  ) as j;
end
$$;
comment on function darkroom.generation_objects(uuid, uuid[]) is 'The generation objects of these ids of a user, in no order.';
