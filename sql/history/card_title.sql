-- What stands on a card or over a conversation: the name, else the first words of the prompt.
-- At most 60 characters, cut at a word's end where there is one.
create or replace function darkroom.card_title(p_name text, p_prompt text) returns text
  language sql
  immutable
  parallel safe
as $$
  select coalesce(
    nullif(left(btrim(p_name), 200), ''),
    nullif(case
      when length(t.words) <= 60 then t.words
      else coalesce(substring(left(t.words, 61) from '^(.*\S)\s'), left(t.words, 60))
    end, ''),
    'Untitled')
  from (select btrim(regexp_replace(left(p_prompt, 1000), '\s+', ' ', 'g')) as words) as t
$$;
comment on function darkroom.card_title(text, text) is 'A name, or the first 60 characters of a prompt up to a word''s end.';
