-- The same for conversations. The card and the project are those of the latest turn, so that clients who filter by them
-- see their threads too.
create or replace function darkroom.conversation_events(p_user uuid, p_kind text, p_ids uuid[])
  returns darkroom.new_event[]
  language sql
  stable
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(row(
    p_user, p_kind, null, t.card_id, null, null, null, c.id, t.project_id, null, null)::darkroom.new_event order by c.id), '{}')
  from darkroom.conversations as c
  left join lateral (
    select g.card_id, g.project_id
    from darkroom.generations as g
    where g.user_id = p_user and g.conversation_id = c.id
    order by g.turn_index desc
    limit 1
  ) as t on true
  where c.user_id = p_user and c.id = any (p_ids)
$$;
comment on function darkroom.conversation_events(uuid, text, uuid[]) is 'An event of this kind for each of these conversations of a user.';
