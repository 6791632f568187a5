-- Tells "others hold what there is" from "there is nothing". A provider whose tokens are all taken has nothing to give.
create or replace function darkroom.has_ready_jobs(p_providers text[]) returns boolean
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_provider text;
begin
  foreach v_provider in array p_providers loop
    if exists (select from darkroom.queue as q where q.provider = v_provider)
      and (not darkroom.needs_token(v_provider) or darkroom.free_token_slots(v_provider, 1) > 0)
    then
      return true;
    end if;
  end loop;
  return false;
end
$$;
comment on function darkroom.has_ready_jobs(text[]) is 'Whether any of these providers has a ready job that could be started now.';
