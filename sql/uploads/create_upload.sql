-- A picture the user brought along. The API has stored the bytes and looked at them; here they get an id and count
-- against the quota. The same bytes are kept once: a second upload of them answers the first one's row with
-- created = false, and if the caller stored them under another key than that row's, it deletes its copy.
-- p_upload: {object_key, thumbnail_key, content_type, bytes, width, height, sha256, idempotency_key}.
-- Lock order: the user's mutex first. Writes: uploads, idempotency_keys. Called by: clients.
create or replace function darkroom.create_upload(p_upload jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_id uuid;
  v_key text;
  v_sha256 text;
  v_bytes bigint;
  v_width bigint;
  v_height bigint;
  v_request jsonb;
  v_reply jsonb;
begin
  perform darkroom.check_fields(p_upload,
    array['object_key', 'thumbnail_key', 'content_type', 'bytes', 'width', 'height', 'sha256', 'idempotency_key']);
  v_key := darkroom.text_field(p_upload, 'object_key', 1000, true);
  v_sha256 := darkroom.text_field(p_upload, 'sha256', 64, true);
  if v_sha256 !~ '^[0-9a-f]{64}$' then
    perform darkroom.invalid('/sha256', '"sha256" is 64 hexadecimal digits.');
  end if;
  -- What makes a repetition the same request are the bytes, not the key that the API stored them under.
  v_request := jsonb_strip_nulls(jsonb_build_object('sha256', v_sha256, 'idempotency_key', p_upload -> 'idempotency_key'));
  v_reply := darkroom.replay(v_user, 'create_upload', v_request);
  if v_reply is not null then
    return v_reply;
  end if;
  if darkroom.text_field(p_upload, 'content_type', 100, true) not in ('image/png', 'image/jpeg', 'image/webp') then
    perform darkroom.invalid('/content_type', 'An upload is a PNG, JPEG or WebP picture.');
  end if;
  v_bytes := coalesce(darkroom.whole_field(p_upload, 'bytes', 1, 1000000000000), 0);
  v_width := coalesce(darkroom.whole_field(p_upload, 'width', 1, 1000000), 0);
  v_height := coalesce(darkroom.whole_field(p_upload, 'height', 1, 1000000), 0);
  if least(v_bytes, v_width, v_height) = 0 then
    perform darkroom.invalid('', 'An upload says its bytes, width and height.');
  end if;
  if v_bytes > 50 * 1048576 or v_width * v_height > 50000000 then
    perform darkroom.refuse('DR413', 'too-large', 'A picture has 50 MiB and 50 megapixels at most.', 'Make it smaller.');
  end if;

  select u.id into v_id
  from darkroom.uploads as u
  where u.user_id = v_user and u.sha256 = decode(v_sha256, 'hex');
  if found then
    return darkroom.remember(v_user, 'create_upload', v_request,
      darkroom.upload_reply(v_user, v_id, false));
  end if;
  perform darkroom.check_storage(v_user, v_bytes);
  v_id := darkroom.uuid7();
  insert into darkroom.uploads
    (user_id, id, object_key, thumbnail_key, content_type, bytes, width, height, sha256, created_at)
  values
    (v_user, v_id, v_key, darkroom.text_field(p_upload, 'thumbnail_key', 1000), p_upload ->> 'content_type', v_bytes, v_width,
     v_height, decode(v_sha256, 'hex'), darkroom.clock());
  return darkroom.remember(v_user, 'create_upload', v_request, darkroom.upload_reply(v_user, v_id, true));
end
$$;
comment on function darkroom.create_upload(jsonb) is
  'Records a stored picture as an upload, or finds the one with the same bytes: {upload, object_key, created}.';
