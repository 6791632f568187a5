-- One event for each of these generations, with all ids its row has at this moment; of a purge it is taken before the
-- rows go. Read by: everything in library/, projects/ and collections/ that changes generations.
create or replace function darkroom.generation_events(p_user uuid, p_kind text, p_ids uuid[], p_detail jsonb default null)
  returns darkroom.new_event[]
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(row(
    p_user, p_kind, g.id, g.card_id, null, null, g.batch_id, g.conversation_id, g.project_id, null,
    p_detail)::darkroom.new_event order by g.id), '{}')
  from darkroom.generations as g
  where g.user_id = p_user and g.id = any (p_ids)
$$;
comment on function darkroom.generation_events(uuid, text, uuid[], jsonb) is 'An event of this kind for each of these generations of a user.';
