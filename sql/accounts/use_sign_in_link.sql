-- Signs a browser in with a link, which opens nothing after this. Of two that use one link at once, one is let in.
-- Locks: the user's mutex; waits. Writes: sign_in_links, sessions. Called by: the API.
create or replace function darkroom.use_sign_in_link(p_link bytea, p_token bytea, p_replaces bytea default null)
  returns table (user_id uuid)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  select l.user_id into user_id from darkroom.sign_in_links as l where l.token_sha256 = p_link;
  perform darkroom.lock_users(array[user_id]);
  delete from darkroom.sign_in_links as l
  using darkroom.users as u
  where l.token_sha256 = p_link and l.expires_at > darkroom.clock() and u.id = l.user_id and u.disabled_at is null
  returning l.user_id into user_id;
  if user_id is null then
    perform darkroom.refuse('DR401', 'unauthenticated', 'This link was used already, or is too old.',
      'Ask for another: `darkroom up` prints one when it starts.');
  end if;
  perform darkroom.open_session(user_id, null, p_token, p_replaces);
  return next;
end
$$;
comment on function darkroom.use_sign_in_link(bytea, bytea, bytea) is 'Signs a browser in with a link, once; DR401 if it opens nothing.';
