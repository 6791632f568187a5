-- The patterns of those among the words typed that full-text search cannot find (search_pattern); null for none. They
-- cost a walk through the user's own generations, and only those who type such words pay it.
-- Called by: matching_generations.
create or replace function darkroom.search_patterns(p_words text) returns text[]
  language sql
  immutable
  parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select array_agg(darkroom.search_pattern(s.word))
  from regexp_split_to_table(p_words, '\s+') as s (word)
  where darkroom.search_pattern(s.word) is not null
$$;
comment on function darkroom.search_patterns(text) is 'LIKE patterns for the words of scripts without spaces; null for none.';
