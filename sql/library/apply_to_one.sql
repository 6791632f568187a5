-- The same for one thing, where what stands against it is a refusal.
-- Called by: trash, restore, purge.
create or replace function darkroom.apply_to_one(p_user uuid, p_action text, p_kind text, p_id uuid, p_with_posts boolean default false)
  returns jsonb
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_outcome jsonb;
begin
  v_outcome := darkroom.apply_to_library(
    p_user, p_action, jsonb_build_array(jsonb_build_object('kind', p_kind, 'id', p_id)), p_with_posts) -> 0;
  if v_outcome ? 'error' then
    perform darkroom.refuse(v_outcome #>> '{error,code}', v_outcome #>> '{error,kind}', v_outcome #>> '{error,message}',
      v_outcome #>> '{error,hint}');
  end if;
  return v_outcome - 'ok';
end
$$;
comment on function darkroom.apply_to_one(uuid, text, text, uuid, boolean) is 'Carries out an action on one thing of a locked user, or refuses.';
