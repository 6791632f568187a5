-- A head is written twice per job. While an open report holds vacuum back, each version that finds no room on its page
-- adds an entry to the index, which looks through all entries of that user before it takes one more. At a fillfactor of
-- 50 half of the versions did; with 10 it is one of ten.
-- depends: 0014.words_to_search

alter table darkroom.event_heads set (fillfactor = 10);
