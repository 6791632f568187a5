-- Sessions, links and tickets that have expired open nothing any more; here they go. What is being used just now is left
-- alone, and what is left over comes next time.
-- Locks: the rows, skip locked. Writes: sessions, sign_in_links, event_tickets. Called by: maintenance, any worker.
-- Answers how many were dropped; call again while it is p_limit or more.
create or replace function darkroom.drop_expired_sign_ins(p_limit integer default 5000) returns integer
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := darkroom.clock();
  v_table text;
  v_dropped integer;
  v_all integer := 0;
begin
  if p_limit is null or p_limit not between 1 and 100000 then
    perform darkroom.invalid('/limit', 'Between 1 and 100000 sign-ins can be dropped at once.');
  end if;
  foreach v_table in array array['sessions', 'sign_in_links', 'event_tickets'] loop
    execute format(
      'delete from darkroom.%1$I as t
      using (
        select o.token_sha256 from darkroom.%1$I as o where o.expires_at <= $1 order by o.expires_at limit $2 for update skip locked
      ) as o
      where t.token_sha256 = o.token_sha256', v_table) using v_now, p_limit;
    get diagnostics v_dropped = row_count;
    v_all := v_all + v_dropped;
  end loop;
  return v_all;
end
$$;
comment on function darkroom.drop_expired_sign_ins(integer) is 'Forgets expired sessions, sign-in links and event tickets; answers how many.';
