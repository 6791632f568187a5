-- Thai, Lao, Burmese, Khmer, Chinese and Japanese are written without spaces, and the full-text parser takes a whole
-- sentence of them for one word. A word with such letters is searched inside the text instead, by this pattern.
create or replace function darkroom.search_pattern(p_word text) returns text
  language sql
  immutable
  parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select case when p_word ~ '[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF]'
    then '%' || regexp_replace(lower(p_word), '([\\%_])', '\\\1', 'g') || '%' end
$$;
comment on function darkroom.search_pattern(text) is 'The pattern by which a word of a script without spaces is found; null for other words.';
