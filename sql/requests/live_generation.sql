-- A generation that a call wants to work with: the user's own and not in the trash.
create or replace function darkroom.live_generation(p_user uuid, p_id uuid) returns darkroom.generations
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_generation darkroom.generations;
begin
  select g.* into v_generation from darkroom.generations as g where g.user_id = p_user and g.id = p_id;
  if not found then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such generation.');
  end if;
  if v_generation.deleted_at is not null then
    perform darkroom.refuse('DR409', 'in-trash', 'This generation is in the trash.', 'Restore it first.');
  end if;
  return v_generation;
end
$$;
comment on function darkroom.live_generation(uuid, uuid) is 'A generation of the user that is not in the trash, or DR404, DR409.';
