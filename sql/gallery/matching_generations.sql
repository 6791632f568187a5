-- The live generations that a filter of gallery or history lets through. A query by itself it never is: the planner
-- inlines it, and with the filter known (plan_cache_mode = force_custom_plan in the callers) what is absent folds away,
-- so each combination gets the plan it would get if it were written out: full-text search its GIN index, a batch or a
-- project its own index, none of them the primary key backwards. Hence no pinned path; its callers have theirs.
-- p_walk keeps the full-text index out of it: ts_match_vq is what @@ calls, but no index knows it.
-- Called by: list_gallery, gallery_facets, list_history.
create or replace function darkroom.matching_generations(p_user uuid, p_filter jsonb, p_walk boolean) returns setof darkroom.generations
  language sql
  stable
as $$
  select g.*
  from darkroom.generations as g
  where g.user_id = p_user
    and g.deleted_at is null
    and (p_filter ->> 'status' is null or g.status = p_filter ->> 'status')
    and (p_filter ->> 'category' is null or g.category = p_filter ->> 'category')
    and (p_filter ->> 'project_id' is null or g.project_id = (p_filter ->> 'project_id')::uuid)
    and (p_filter ->> 'batch_id' is null or g.batch_id = (p_filter ->> 'batch_id')::uuid)
    and (p_filter ->> 'collection_id' is null or g.batch_id = any (array(
      select b.id
      from darkroom.batches as b
      where b.user_id = p_user and b.collection_id = (p_filter ->> 'collection_id')::uuid)))
    and (darkroom.search_query(p_filter ->> 'q') is null or case
      when p_walk then ts_match_vq(g.search, darkroom.search_query(p_filter ->> 'q'))
      else g.search @@ darkroom.search_query(p_filter ->> 'q')
    end)
    and (darkroom.search_patterns(p_filter ->> 'q') is null
      or lower(concat_ws(' ', g.name, g.prompt, g.caption)) like all (darkroom.search_patterns(p_filter ->> 'q')))
$$;
comment on function darkroom.matching_generations(uuid, jsonb, boolean) is 'The live generations a filter lets through; inlined into its callers.';
