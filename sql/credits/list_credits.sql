-- The user's ledger, the latest entry first. Called by: clients.
create or replace function darkroom.list_credits(p_filter jsonb default '{}') returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_page record;
  v_after bigint;
  v_reason text;
  v_ids bigint[];
  v_items jsonb;
begin
  select p.* into v_page
  from darkroom.read_page(v_user, 'credits', p_filter, '{"reason": ["grant", "charge", "refund"]}') as p;
  v_after := (v_page.after #>> '{}')::bigint;
  v_reason := v_page.filter ->> 'reason';
  v_ids := array(
    select c.id
    from darkroom.credit_entries as c
    where c.user_id = v_user and (v_after is null or c.id < v_after) and (v_reason is null or c.reason = v_reason)
    order by c.id desc
    limit v_page.page_limit + 1);

  select jsonb_agg(o.object order by o.id desc) into v_items
  from darkroom.credit_entry_objects(v_user, v_ids[1:v_page.page_limit]) as o;
  return darkroom.list_reply(v_user, v_items, cardinality(v_ids), v_page.page_limit, v_page.binding,
    to_jsonb(v_ids[v_page.page_limit]));
end
$$;
comment on function darkroom.list_credits(jsonb) is
  'A page of the current user''s ledger, latest first: {items, next_cursor, seq}. Filter: reason.';
