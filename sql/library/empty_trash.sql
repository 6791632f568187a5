-- Empties the trash, at most p_limit things of each kind at once, so that no transaction grows without bound; whoever
-- gets something remaining calls again. Generations first: their images go with them.
-- Lock order: the user's mutex first. Writes: what purge_generations, purge_conversations and purge_images write.
-- Called by: clients.
create or replace function darkroom.empty_trash(p_limit integer default 2000) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_reply jsonb;
begin
  if p_limit is null or p_limit not between 1 and 10000 then
    perform darkroom.invalid('/limit', 'Between 1 and 10000 things can be deleted at once.');
  end if;
  v_reply := darkroom.purge_trash(v_user, darkroom.clock(), p_limit);
  return v_reply || jsonb_build_object('remaining',
    (select count(*) from darkroom.generations as g where g.user_id = v_user and g.deleted_at is not null)
    + (select count(*) from darkroom.conversations as c where c.user_id = v_user and c.deleted_at is not null)
    + (select count(*) from darkroom.images as i where i.user_id = v_user and i.deleted_at is not null));
end
$$;
comment on function darkroom.empty_trash(integer) is 'Deletes everything in the trash for good: {generations, conversations, images, remaining}.';
