-- The same for batches.
create or replace function darkroom.batch_events(p_user uuid, p_kind text, p_ids uuid[])
  returns darkroom.new_event[]
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(row(
    p_user, p_kind, null, null, null, null, b.id, null, b.project_id, null, null)::darkroom.new_event order by b.id), '{}')
  from darkroom.batches as b
  where b.user_id = p_user and b.id = any (p_ids)
$$;
comment on function darkroom.batch_events(uuid, text, uuid[]) is 'An event of this kind for each of these batches of a user.';
