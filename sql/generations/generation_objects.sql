-- Generations as clients see them, with their images (those not in the trash), all their jobs (a retried one stays, and
-- its successor says so in retry_of) and what they were given. See image_objects for why there is one builder only.
-- queue_position and eta_seconds are an estimate of the moment of reading; everything else changes with an event.
-- The parts are put together by full joins, though none has a row without a partner: see card_objects.
-- Called by: everything that answers with a generation. Not for clients: it takes a user.
create or replace function darkroom.generation_objects(p_user uuid, p_ids uuid[])
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
  if cardinality(p_ids) = 0 then
    return;  -- starting so large a statement takes as long as a small read
  end if;
  return query
  with live as materialized (
    select i.id, i.generation_id, i.slot
    from darkroom.images as i
    where i.user_id = p_user and i.generation_id = any (p_ids) and i.deleted_at is null
  ),
  images as (
    select l.generation_id, jsonb_agg(o.object order by l.slot, l.id) as objects, array_agg(l.id) as ids
    from live as l
    join darkroom.image_objects(p_user, array(select l.id from live as l)) as o on o.id = l.id
    group by l.generation_id
  ),
  calls as materialized (
    select j.id, j.generation_id, j.slot, j.model, j.kind = 'image' and j.finished_at is null as pending
    from darkroom.jobs as j
    where j.user_id = p_user and j.generation_id = any (p_ids)
  ),
  jobs as (
    select c.generation_id, jsonb_agg(o.object order by c.id) as objects
    from calls as c
    join darkroom.job_objects(p_user, array(select c.id from calls as c)) as o on o.id = c.id
    group by c.generation_id
  ),
  pending as (
    select p.generation_id, jsonb_agg(p.model order by p.slot) as models
    from (
      select c.generation_id, c.model, min(c.slot) as slot
      from calls as c
      where c.pending
      group by c.generation_id, c.model
    ) as p
    group by p.generation_id
  ),
  given as (
    select
      r.generation_id,
      jsonb_agg(jsonb_build_object(
        'position', r.position, 'role', r.role, 'upload_id', r.upload_id, 'image_id', r.image_id,
        'url', coalesce(darkroom.image_url(r.image_id), darkroom.upload_url(r.upload_id))
      ) order by r.position) as objects
    from darkroom.generation_references as r
    where r.user_id = p_user and r.generation_id = any (p_ids)
    group by r.generation_id
  ),
  asked as (
    select g.id as generation_id, jsonb_agg(
      jsonb_build_object('id', a.model, 'name', darkroom.model_label(a.model, m.name)) order by a.position) as models
    from darkroom.generations as g
    cross join lateral jsonb_array_elements_text(
      case when jsonb_typeof(g.settings -> 'models') = 'array' then g.settings -> 'models' else '[]' end
    ) with ordinality as a (model, position)
    left join darkroom.models as m on m.id = a.model
    where g.user_id = p_user and g.id = any (p_ids)
    group by g.id
  ),
  places as (
    select q.generation_id, q.queue_position, q.eta_seconds
    from darkroom.queue_places(p_user, array(
      select g.id from darkroom.generations as g
      where g.user_id = p_user and g.id = any (p_ids) and g.status = 'queued')) as q
  )
  select
    g.id,
    jsonb_build_object(
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
      'models', coalesce(a.models, '[]'),
      'total', g.total,
      'completed', g.completed,
      'failed', g.failed,
      'cancelled', g.cancelled,
      'pending', g.total - g.completed - g.failed - g.cancelled,
      'pending_models', coalesce(p.models, '[]'),
      'selected_image_id', case when g.selected_image_id = any (i.ids) then g.selected_image_id end,
      'images', coalesce(i.objects, '[]'),
      'jobs', coalesce(j.objects, '[]'),
      'references', coalesce(r.objects, '[]'),
      'credits_used', g.credits_used,
      'credits_held', g.credits_held,
      'parent_id', g.parent_id,
      'source_image_id', g.source_image_id,
      'regenerated_from_id', g.regenerated_from_id,
      'viewed', g.viewed_at is not null,
      'viewed_at', darkroom.json_time(g.viewed_at),
      'queue_position', q.queue_position,
      'eta_seconds', q.eta_seconds,
      'metadata', g.metadata,
      'deleted_at', darkroom.json_time(g.deleted_at),
      'created_at', darkroom.json_time(g.created_at),
      'updated_at', darkroom.json_time(g.updated_at),
      'finished_at', darkroom.json_time(g.finished_at))
  from (
    select g.* from darkroom.generations as g where g.user_id = p_user and g.id = any (p_ids)
  ) as g
  full join images as i on i.generation_id = g.id
  full join jobs as j on j.generation_id = g.id
  full join pending as p on p.generation_id = g.id
  full join given as r on r.generation_id = g.id
  full join asked as a on a.generation_id = g.id
  full join places as q on q.generation_id = g.id;
end
$$;
comment on function darkroom.generation_objects(uuid, uuid[]) is 'The generation objects of these ids of a user, in no order.';
