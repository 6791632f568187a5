-- Images as clients see them. Every object of the product is built in one place, by a function of this kind: lists,
-- single reads and events show the same thing, so events laid over an older answer give what a fresh read gives.
-- plpgsql, because its plans are kept for the session: planning such a query costs more than running it.
-- Called by: everything that answers with images by their ids. Not for clients: it takes a user.
drop function if exists darkroom.image_objects(uuid, uuid[]);  -- its objects were jsonb
create or replace function darkroom.image_objects(p_user uuid, p_ids uuid[])
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
  select i.id, darkroom.image_json(i, m.name)
  from unnest(p_ids) as k (id)
  cross join lateral (select i.* from darkroom.images as i where i.user_id = p_user and i.id = k.id offset 0) as i
  left join darkroom.models as m on m.id = i.model;
end
$$;
comment on function darkroom.image_objects(uuid, uuid[]) is 'The image objects of these ids of a user, in no order.';
