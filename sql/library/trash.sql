-- Throws a generation, an image, a conversation, or a whole card away, for 30 days. Twice is as good as once. A
-- conversation takes its turns along only if p_with_posts says so: they are posts that nobody threw away.
-- Lock order: the user's mutex first. Writes: what apply_to_library writes. Called by: clients.
create or replace function darkroom.trash(p_kind text, p_id uuid, p_with_posts boolean default false) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return darkroom.apply_to_one(darkroom.act_as_user(), 'delete', p_kind, p_id, coalesce(p_with_posts, false));
end
$$;
comment on function darkroom.trash(text, uuid, boolean) is
  'Puts a generation, image, conversation or card into the trash, cancelling what is unfinished: {kind, id}.';
