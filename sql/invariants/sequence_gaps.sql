-- A user's events in the log are consecutive numbers up to the head's, and their times never go back.
create or replace view darkroom.sequence_gaps as
select h.user_id, h.seq as head, e.first_seq, e.last_seq, e.events
from darkroom.event_heads as h
left join (
  select
    o.user_id, min(o.seq) as first_seq, max(o.seq) as last_seq, count(*) as events, bool_or(o.at < o.before) as back_in_time
  from (
    select e.user_id, e.seq, e.at, lag(e.at) over (partition by e.user_id order by e.seq) as before
    from darkroom.events as e
  ) as o
  group by o.user_id
) as e on e.user_id = h.user_id
where (e.user_id is not null and (e.last_seq <> h.seq or e.events <> e.last_seq - e.first_seq + 1 or e.back_in_time))
  or (e.user_id is null and h.seq > 0 and h.last_at > darkroom.clock() - interval '7 days');
comment on view darkroom.sequence_gaps is 'Users whose event numbers have a hole, a double or an end that is not the head. Empty at every moment.';
