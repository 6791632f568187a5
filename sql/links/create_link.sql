-- A link by which anybody may see an image until it expires or is deleted. Its token is made by the caller, which keeps it
-- to itself: here only its sha256 is known. The reply says which one the link has, so that the caller finds out with
-- which of the tokens that it may have made a link was made that a repetition is answered with.
-- p_request: {expires_in, idempotency_key}.
-- Lock order: the user's mutex first. Writes: links (the user's expired ones go), idempotency_keys. Called by: clients.
create or replace function darkroom.create_link(p_image uuid, p_sha256 bytea, p_request jsonb default '{}') returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_now timestamptz := darkroom.clock();
  v_scope text := concat_ws(' ', 'create_link', p_image);
  v_reply jsonb;
  v_image uuid;
  v_ends_at timestamptz;
  v_id uuid := darkroom.uuid7();
begin
  perform darkroom.check_fields(p_request, array['expires_in', 'idempotency_key']);
  if p_sha256 is null or octet_length(p_sha256) <> 32 then
    perform darkroom.invalid('/sha256', 'A link is kept as the sha256 of its token, which has 32 bytes.', 'Hash the token.');
  end if;
  v_reply := darkroom.replay(v_user, v_scope, p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  v_ends_at := v_now + coalesce(darkroom.whole_field(p_request, 'expires_in', 1, 31536000), 86400) * interval '1 second';
  v_image := (darkroom.live_image(v_user, p_image)).id;

  delete from darkroom.links as l where l.user_id = v_user and l.expires_at <= v_now;
  if (select count(*) from darkroom.links as l where l.user_id = v_user) >= 10000 then
    perform darkroom.refuse('DR409', 'conflict', 'There are 10000 links that have not expired.', 'Delete some of them.');
  end if;
  -- A key that is new again after its day makes the token that it made before: that link goes on.
  insert into darkroom.links as l (user_id, id, image_id, token_sha256, created_at, expires_at)
  values (v_user, v_id, v_image, p_sha256, v_now, v_ends_at)
  on conflict (token_sha256) do update
  set expires_at = greatest(l.expires_at, excluded.expires_at)
  where l.user_id = excluded.user_id and l.image_id = excluded.image_id
  returning l.id, l.expires_at into strict v_id, v_ends_at;
  return darkroom.remember(v_user, v_scope, p_request, jsonb_build_object('link', jsonb_build_object(
    'id', v_id, 'expires_at', darkroom.json_time(v_ends_at), 'sha256', encode(p_sha256, 'hex'))));
end
$$;
comment on function darkroom.create_link(uuid, bytea, jsonb) is
  'Records a link to an image of the current user, by the sha256 of its token: {link: {id, expires_at, sha256}}. Request as POST /v1/images/{id}/links.';
