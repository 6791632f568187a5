-- Deletes a generation, an image or a conversation for good, out of the trash and only from there.
-- Lock order: the user's mutex first. Writes: what apply_to_library writes. Called by: clients.
create or replace function darkroom.purge(p_kind text, p_id uuid, p_with_posts boolean default false) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return darkroom.apply_to_one(darkroom.act_as_user(), 'purge', p_kind, p_id, coalesce(p_with_posts, false));
end
$$;
comment on function darkroom.purge(text, uuid, boolean) is
  'Deletes what is in the trash for good, images, references and jobs included: {kind, id}. The ledger stays.';
