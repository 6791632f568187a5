-- What somebody typed, as a query: all words must be there, the last one may be unfinished, unless a space follows it.
-- Words are looked up as they are (configuration simple), but for accents and punctuation, which the text is indexed
-- without (search_text): so every language that puts spaces between words works alike. Words of scripts without spaces
-- are left to search_patterns. Null when there is nothing to look up; something typed in which there is no word finds
-- nothing.
-- Called by: matching_generations.
create or replace function darkroom.search_query(p_words text) returns tsquery
  language sql
  immutable
  parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(to_tsquery('simple'::regconfig, string_agg(
    '''' || t.word || '''' ||
      case when t.place = t.places and p_words !~ '\s$' then ':*' else '' end, ' & ') filter (where t.word ~ '[[:alnum:]]')),
    ''' '''::tsquery)
  from (
    select s.word, s.place, count(*) over () as places
    from regexp_split_to_table(btrim(darkroom.search_text(p_words), E' \t\r\n'), '\s+') with ordinality as s (word, place)
  ) as t
  where t.word <> '' and darkroom.search_pattern(t.word) is null
  having count(*) > 0 or (p_words ~ '\S' and darkroom.search_patterns(p_words) is null)
$$;
comment on function darkroom.search_query(text) is 'A full-text query of words as typed, the last one by its beginning; null for none.';
