-- What a user threw away before a moment, for good: the oldest first, at most p_limit of each kind. Generations first,
-- since their images go with them; images that were thrown away by themselves last.
-- Lock order: the caller holds the user's mutex. Writes: what the purges write. Called by: empty_trash, purge_expired_trash.
create or replace function darkroom.purge_trash(p_user uuid, p_before timestamptz, p_limit integer) returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_generations integer;
  v_conversations integer;
begin
  v_generations := darkroom.purge_generations(p_user, array(
    select g.id from darkroom.generations as g
    where g.user_id = p_user and g.deleted_at <= p_before
    order by g.deleted_at, g.id limit p_limit));
  v_conversations := darkroom.purge_conversations(p_user, array(
    select c.id from darkroom.conversations as c
    where c.user_id = p_user and c.deleted_at <= p_before
    order by c.deleted_at, c.id limit p_limit), false);
  return jsonb_build_object(
    'generations', v_generations,
    'conversations', v_conversations,
    'images', darkroom.purge_images(p_user, array(
      select i.id from darkroom.images as i
      where i.user_id = p_user and i.deleted_at <= p_before
      order by i.deleted_at, i.id limit p_limit)));
end
$$;
comment on function darkroom.purge_trash(uuid, timestamptz, integer) is 'Deletes for good what a locked user threw away before a moment: {generations, conversations, images}.';
