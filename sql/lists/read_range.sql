-- from and to of a filter as a half-open range. A date alone means the whole day, and a time means its whole millisecond,
-- since that is all a client ever saw of it.
--
-- Rows have no index on created_at: their ids carry the time, so the range of ids around it is what an index can answer.
-- It is wider by a day, because an id is made some moments before or after its row's created_at; the exact comparison is
-- left to created_at. Where a test has moved the clock, ids do not follow it, and there is no such range.
-- Called by: list_gallery, gallery_facets, list_history.
create or replace function darkroom.read_range(p_filter jsonb)
  returns table (starts_at timestamptz, ends_at timestamptz, first_id uuid, last_id uuid)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  starts_at := darkroom.read_time(p_filter, 'from');
  ends_at := darkroom.read_time(p_filter, 'to')
    + case when length(p_filter ->> 'to') = 10 then interval '1 day' else interval '1 ms' end;
  if abs(extract(epoch from darkroom.clock() - clock_timestamp())) < 60 then
    first_id := darkroom.id_at(starts_at - interval '1 day');
    last_id := darkroom.id_at(ends_at + interval '1 day');
  end if;
  return next;
end
$$;
comment on function darkroom.read_range(jsonb) is 'The range of times a filter''s from and to mean, and a range of ids that surely holds it.';
