-- Every object that a row names, in the order in which storage lists them; some come more than once. What storage holds and
-- is not among them belongs to nothing. It reads and sorts all images, on the disk where they are many.
-- Called by: operators (`darkroom sweep`).
create or replace function darkroom.known_objects() returns setof text
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  select k.object_key
  from (
    select i.object_key from darkroom.images as i
    union all
    select i.thumbnail_key from darkroom.images as i where i.thumbnail_key is not null
    union all
    select u.object_key from darkroom.uploads as u
    union all
    select u.thumbnail_key from darkroom.uploads as u where u.thumbnail_key is not null
    union all
    select r.object_key from darkroom.generation_references as r
    union all
    select d.object_key from darkroom.object_deletions as d
  ) as k
  order by k.object_key collate "C"
$$;
comment on function darkroom.known_objects() is 'The keys of all objects that a row names, in the order of their bytes.';
