-- The images that a download is to hold, oldest first, each once. What is named must be there, and not in the trash; of
-- generations, cards and a batch the images in the trash are left out.
-- Called by: create_download.
create or replace function darkroom.chosen_images(
  p_user uuid, p_images uuid[], p_generations uuid[], p_cards uuid[], p_batch uuid
) returns uuid[]
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set jit = off
as $$
declare
  v_wrong record;
begin
  select w.kind, w.pointer, w.found into v_wrong
  from (
    select 'image' as kind, '/image_ids' as pointer, i.id is not null as found, coalesce(i.deleted_at, g.deleted_at) as deleted_at
    from unnest(p_images) as w (id)
    left join darkroom.images as i on i.user_id = p_user and i.id = w.id
    left join darkroom.generations as g on g.user_id = p_user and g.id = i.generation_id
    union all
    select 'generation', '/generation_ids', g.id is not null, g.deleted_at
    from unnest(p_generations) as w (id)
    left join darkroom.generations as g on g.user_id = p_user and g.id = w.id
    union all
    select 'card', '/card_ids', c.id is not null, null
    from unnest(p_cards) as w (id)
    left join darkroom.history_cards as c on c.user_id = p_user and c.id = w.id
  ) as w
  where not w.found or w.deleted_at is not null
  order by w.found
  limit 1;
  if found and not v_wrong.found then
    perform darkroom.refuse('DR404', 'not-found', format('There is no such %s.', v_wrong.kind), '', v_wrong.pointer);
  elsif found then
    perform darkroom.refuse('DR409', 'in-trash', format('This %s is in the trash.', v_wrong.kind), 'Restore it first.',
      v_wrong.pointer);
  end if;
  return array(
    select i.id
    from (
      select w.id from unnest(p_images) as w (id)
      union
      select i.id
      from darkroom.generations as g
      join darkroom.images as i on i.user_id = p_user and i.generation_id = g.id
      where g.user_id = p_user and g.deleted_at is null and g.id = any (p_generations)
      union
      select i.id
      from darkroom.generations as g
      join darkroom.images as i on i.user_id = p_user and i.generation_id = g.id
      where g.user_id = p_user and g.deleted_at is null and g.card_id = any (p_cards)
      union
      select i.id
      from darkroom.generations as g
      join darkroom.images as i on i.user_id = p_user and i.generation_id = g.id
      where g.user_id = p_user and g.deleted_at is null and g.batch_id = p_batch
    ) as w
    join darkroom.images as i on i.user_id = p_user and i.id = w.id
    where i.deleted_at is null
    order by i.created_at, i.id);
end
$$;
comment on function darkroom.chosen_images(uuid, uuid[], uuid[], uuid[], uuid) is 'The images of a user that are chosen by themselves, or by what they belong to.';
