-- The caller's event number for the replies of calls that change something: read after the change, in its transaction,
-- with the user's mutex still held, so it is the number of the change itself or of the last before it.
-- Called by: the API.
create or replace function darkroom.own_seq() returns bigint
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return darkroom.head_seq(darkroom.reading_user());
end
$$;
comment on function darkroom.own_seq() is 'The number of the current user''s last event, as of this moment of the transaction.';
