-- Images to be fetched in one file, within an hour: single ones, and all of generations, cards or a batch that are not in
-- the trash, oldest first. `bytes` is the length of the file as api/zip_stream.py writes it: for each entry 104 bytes and
-- its name twice, and 98 at the end.
--
-- A user's last 100 downloads are remembered.
-- p_request: {image_ids, generation_ids, card_ids, batch_id, idempotency_key}.
-- Lock order: the user's mutex first. Writes: downloads, idempotency_keys. Called by: clients.
create or replace function darkroom.create_download(p_request jsonb) returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set jit = off
as $$
declare
  v_user uuid := darkroom.act_as_user();
  v_now timestamptz := darkroom.clock();
  v_batch uuid;
  v_name text;
  v_reply jsonb;
  v_images uuid[];
  v_all uuid[];
  v_id uuid := darkroom.uuid7();
  v_size record;
begin
  perform darkroom.check_fields(p_request, array['image_ids', 'generation_ids', 'card_ids', 'batch_id', 'idempotency_key']);
  v_reply := darkroom.replay(v_user, 'create_download', p_request);
  if v_reply is not null then
    return v_reply;
  end if;
  v_batch := darkroom.uuid_field(p_request, 'batch_id');
  select b.name into v_name from darkroom.batches as b where b.user_id = v_user and b.id = v_batch;
  if v_batch is not null and v_name is null then
    perform darkroom.refuse('DR404', 'not-found', 'There is no such batch.', '', '/batch_id');
  end if;
  v_images := darkroom.ids_field(p_request, 'image_ids', 1000);
  v_all := darkroom.chosen_images(v_user, v_images, darkroom.ids_field(p_request, 'generation_ids', 1000),
    darkroom.ids_field(p_request, 'card_ids', 1000), v_batch);

  select count(*) as files, sum(f.bytes + 104 + 2 * octet_length(f.name)) + 98 as bytes into v_size
  from darkroom.download_files(v_user, v_all) as f;
  if v_size.files = 0 then
    perform darkroom.refuse('DR409', 'no-image', 'There is no image in what was chosen.',
      'Choose at least one by image_ids, generation_ids, card_ids or batch_id.');
  end if;
  if v_size.files > 10000 or v_size.bytes > 50 * 1024::bigint ^ 3 then
    perform darkroom.refuse('DR413', 'too-large', 'A download holds 10000 images and 50 GiB at most.', 'Choose fewer.');
  end if;

  delete from darkroom.downloads as d
  where d.user_id = v_user and (d.expires_at <= v_now or d.id in (
    select o.id from darkroom.downloads as o where o.user_id = v_user order by o.id desc offset 99));
  insert into darkroom.downloads as d (user_id, id, name, image_ids, created_at, expires_at)
  values (v_user, v_id, coalesce(v_name, 'Darkroom'), v_all, v_now, v_now + interval '1 hour');
  return darkroom.remember(v_user, 'create_download', p_request, jsonb_build_object('download', jsonb_build_object(
    'id', v_id,
    'url', '/v1/downloads/' || v_id,
    'files', v_size.files,
    'bytes', v_size.bytes,
    'expires_at', darkroom.json_time(v_now + interval '1 hour'))));
end
$$;
comment on function darkroom.create_download(jsonb) is
  'Puts images of the current user together for one file: {download: {id, url, files, bytes, expires_at}}. Request as POST /v1/downloads.';
