-- What there is to filter by, with the number of images behind each choice, for the images that a filter lets through
-- (all filters of the gallery; layout and sort are taken and mean nothing here). Counting looks at every image there is.
-- Called by: clients.
create or replace function darkroom.gallery_facets(p_filter jsonb default '{}') returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_page record;
  v_range record;
  v_facets jsonb;
begin
  select p.* into v_page
  from darkroom.read_page(v_user, 'gallery', p_filter,
    darkroom.gallery_fields() || '{"layout": ["posts", "images"], "sort": ["newest", "oldest"]}') as p;
  select r.* into v_range from darkroom.read_range(v_page.filter) as r;

  with counted as materialized (
    select
      i.model, i.aspect_ratio, g.category, g.project_id, g.status, i.favourite, count(*) as images,
      min(i.created_at) as oldest, max(i.created_at) as newest
    from darkroom.matching_images(v_user, v_page.filter) as i
    join darkroom.matching_generations(v_user, v_page.filter, false) as g on g.user_id = i.user_id and g.id = i.generation_id
    where (v_range.first_id is null or i.id >= v_range.first_id)
      and (v_range.last_id is null or i.id < v_range.last_id)
      and (v_range.starts_at is null or i.created_at >= v_range.starts_at)
      and (v_range.ends_at is null or i.created_at < v_range.ends_at)
    group by i.model, i.aspect_ratio, g.category, g.project_id, g.status, i.favourite
  )
  select jsonb_build_object(
    'images', coalesce(sum(c.images), 0),
    'favourites', coalesce(sum(c.images) filter (where c.favourite), 0),
    'oldest', darkroom.json_time(min(c.oldest)),
    'newest', darkroom.json_time(max(c.newest)),
    'models', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', f.model, 'name', darkroom.model_label(f.model, m.name), 'images', f.images) order by f.images desc, f.model), '[]')
      from (select c.model, sum(c.images) as images from counted as c where c.model is not null group by c.model) as f
      left join darkroom.models as m on m.id = f.model),
    'aspect_ratios', (
      select coalesce(jsonb_agg(jsonb_build_object('value', f.aspect_ratio, 'images', f.images)
        order by f.images desc, f.aspect_ratio), '[]')
      from (
        select c.aspect_ratio, sum(c.images) as images
        from counted as c
        where c.aspect_ratio is not null
        group by c.aspect_ratio) as f),
    'categories', (
      select coalesce(jsonb_agg(jsonb_build_object('value', f.category, 'images', f.images) order by f.images desc, f.category), '[]')
      from (select c.category, sum(c.images) as images from counted as c group by c.category) as f),
    'statuses', (
      select coalesce(jsonb_agg(jsonb_build_object('value', f.status, 'images', f.images) order by f.images desc, f.status), '[]')
      from (select c.status, sum(c.images) as images from counted as c group by c.status) as f),
    'projects', (
      select coalesce(jsonb_agg(jsonb_build_object('id', f.project_id, 'name', p.name, 'images', f.images)
        order by f.images desc, f.project_id), '[]')
      from (select c.project_id, sum(c.images) as images from counted as c where c.project_id is not null group by c.project_id) as f
      join darkroom.projects as p on p.user_id = v_user and p.id = f.project_id))
  into v_facets
  from counted as c;
  return v_facets || jsonb_build_object('seq', darkroom.head_seq(v_user));
end
$$;
comment on function darkroom.gallery_facets(jsonb) is
  'What the current user''s gallery can be filtered by: {images, favourites, oldest, newest, models, aspect_ratios, categories, statuses, projects, seq}.';
