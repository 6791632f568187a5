-- Words are found however they are written: with or without accents, and inside of file names, addresses and tags, which
-- the full-text parser takes for one word each. Rewrites generations: on a table of millions, plan a pause for it.
-- depends: 0013.tickets_and_thumbnails

-- A letter and its marks become the letter; what stands between words becomes spaces. The query goes the same way
-- (search_query). Composed again at the end, since for Japanese and Korean the marks are more than ornaments.
create function darkroom.search_text(p_text text) returns text
  language sql immutable parallel safe
  set search_path = pg_catalog, pg_temp
  as $$
    select translate(
      normalize(regexp_replace(normalize(p_text, nfd), '[\u0300-\u036F]', '', 'g'), nfc),
      '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32))
  $$;
comment on function darkroom.search_text(text) is 'A text as search sees it: without accents, and with spaces for punctuation.';
revoke execute on function darkroom.search_text(text) from public;

alter table darkroom.generations
  drop column search,
  add column search tsvector not null generated always as (
    to_tsvector('simple'::regconfig, darkroom.search_text(coalesce(name, '') || ' ' || prompt || ' ' || coalesce(caption, '')))) stored;
create index generations_search_idx on darkroom.generations using gin (search);
