-- The image a generation is shown by: the selected one, else the first.
create or replace function darkroom.shown_image(p_generation darkroom.generations) returns darkroom.images
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select i.*
  from darkroom.images as i
  where i.user_id = p_generation.user_id and i.generation_id = p_generation.id and i.deleted_at is null
  order by i.id is distinct from p_generation.selected_image_id, i.slot, i.id
  limit 1
$$;
comment on function darkroom.shown_image(darkroom.generations) is 'The selected, else the first live image of a generation.';
