-- Image rows go for good, and with them everything that pointed at them: references, sources and selections become
-- empty (most of it by foreign keys). The objects in storage are put down for deletion, except those that belong to an
-- upload: an import shows its upload's objects. Answers the bytes that were counted, and what now looks different and
-- has to be announced by the caller.
-- Lock order: the caller holds the user's mutex. Writes: images, object_deletions, generations.selected_image_id, and by
-- foreign keys generations, images, conversations, generation_references. Called by: purge_images, purge_generations.
create or replace function darkroom.drop_images(
  p_user uuid,
  p_ids uuid[],
  out freed_bytes bigint,
  out changed_generations uuid[],
  out changed_images uuid[],
  out changed_conversations uuid[]
)
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set jit = off
as $$
declare
  v_now timestamptz := darkroom.clock();
begin
  changed_generations := array(
    select g.id from darkroom.generations as g where g.user_id = p_user and g.source_image_id = any (p_ids)
    union
    select r.generation_id from darkroom.generation_references as r where r.user_id = p_user and r.image_id = any (p_ids));
  changed_images := array(
    select i.id from darkroom.images as i where i.user_id = p_user and i.source_image_id = any (p_ids));
  -- A conversation shows the image it started from, and with it whence that one came.
  changed_conversations := array(
    select c.id
    from darkroom.conversations as c
    where c.user_id = p_user and c.source_image_id = any (p_ids || changed_images));

  update darkroom.generations as g
  set selected_image_id = null
  from darkroom.images as i
  where i.user_id = p_user and i.id = any (p_ids)
    and g.user_id = p_user and g.id = i.generation_id and g.selected_image_id = i.id;

  with dropped as (
    delete from darkroom.images as i
    where i.user_id = p_user and i.id = any (p_ids)
    returning i.object_key, i.thumbnail_key, i.bytes
  ),
  put_down as (
    insert into darkroom.object_deletions (user_id, object_key, not_before, created_at)
    select distinct p_user, k.object_key, v_now, v_now
    from dropped as d
    cross join lateral (values (d.object_key), (d.thumbnail_key)) as k (object_key)
    where k.object_key is not null
      and not exists (
        select from darkroom.uploads as u where u.user_id = p_user and u.object_key = d.object_key)
  )
  select coalesce(sum(d.bytes), 0) into freed_bytes from dropped as d;
end
$$;
comment on function darkroom.drop_images(uuid, uuid[]) is 'Deletes images of a locked user for good and puts their objects down for deletion; answers what that changed elsewhere.';
