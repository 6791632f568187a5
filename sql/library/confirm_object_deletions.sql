-- These objects are gone from storage. A confirmation that comes late, when the share was handed out again, is as good.
-- Writes: object_deletions. Called by: maintenance, any worker.
create or replace function darkroom.confirm_object_deletions(p_ids bigint[]) returns integer
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_confirmed integer;
begin
  delete from darkroom.object_deletions as d
  where d.id = any (p_ids);
  get diagnostics v_confirmed = row_count;
  return v_confirmed;
end
$$;
comment on function darkroom.confirm_object_deletions(bigint[]) is 'Forgets objects that were deleted from storage; answers how many were still on the list.';
