-- A batch with its items: one per slot, told by the slot's latest job. saved says that the image is there.
-- Called by: get_batch, and the functions that answer with a whole batch. Not for clients: it takes a user.
create or replace function darkroom.batch_detail(p_user uuid, p_id uuid) returns jsonb
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
  select jsonb_agg(
    jsonb_build_object(
      'template_id', s.template_id,
      'template_name', s.template_name,
      'generation_id', s.generation_id,
      'slot', s.slot,
      'status', s.status,
      'saved', i.id is not null,
      'image_id', i.id,
      'image_url', darkroom.image_url(i.id),
      'thumbnail_url', darkroom.image_url(i.id, 'thumb'),
      'prompt', s.prompt,
      'model', s.model,
      'error', darkroom.error_sentence(s.error_class)
    ) order by s.generation_id, s.slot)
  into v_items
  from (
    select distinct on (g.id, j.slot)
      g.id as generation_id, g.template_id, g.template_name, g.prompt, j.id as job_id, j.slot, j.status, j.model, j.error_class
    from darkroom.generations as g
    join darkroom.jobs as j on j.user_id = g.user_id and j.generation_id = g.id and j.kind = 'image'
    where g.user_id = p_user and g.batch_id = p_id
    order by g.id, j.slot, j.id desc
  ) as s
  left join darkroom.images as i on i.user_id = p_user and i.generation_id = s.generation_id and i.job_id = s.job_id;

  return darkroom.batch_object(p_user, p_id) || jsonb_build_object('items', coalesce(v_items, '[]'));
end
$$;
comment on function darkroom.batch_detail(uuid, uuid) is 'The object of one batch with one item per slot, or null.';
