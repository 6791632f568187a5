-- How far a search walks before it asks the index: to the id 2,000 rows on in the order of the list; null when there are
-- fewer, so that the walk is the whole answer.
-- Called by: list_gallery.
create or replace function darkroom.search_edge(
  p_user uuid, p_images boolean, p_newest boolean, p_first uuid, p_above uuid, p_below uuid
) returns uuid
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set enable_seqscan = off
  set jit = off
as $$
begin
  if p_images and p_newest then
    return (
      select i.id from darkroom.images as i
      where i.user_id = p_user and (p_first is null or i.id >= p_first) and (p_below is null or i.id < p_below)
      order by i.id desc offset 2000 limit 1);
  elsif p_images then
    return (
      select i.id from darkroom.images as i
      where i.user_id = p_user and (p_first is null or i.id >= p_first) and (p_above is null or i.id > p_above)
        and (p_below is null or i.id < p_below)
      order by i.id offset 2000 limit 1);
  elsif p_newest then
    return (
      select g.id from darkroom.generations as g
      where g.user_id = p_user and (p_first is null or g.id >= p_first) and (p_below is null or g.id < p_below)
      order by g.id desc offset 2000 limit 1);
  end if;
  return (
    select g.id from darkroom.generations as g
    where g.user_id = p_user and (p_first is null or g.id >= p_first) and (p_above is null or g.id > p_above)
      and (p_below is null or g.id < p_below)
    order by g.id offset 2000 limit 1);
end
$$;
comment on function darkroom.search_edge(uuid, boolean, boolean, uuid, uuid, uuid) is
  'The id at which a search''s first walk ends, 2,000 rows on; null when it reaches the end.';
