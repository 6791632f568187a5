-- What the user threw away, the latest first, and when it goes for good. An image whose generation is in the trash too
-- comes and goes with it and is not listed by itself.
-- Called by: clients.
create or replace function darkroom.list_trash(p_filter jsonb default '{}') returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
  set enable_seqscan = off
  set jit = off
as $$
declare
  v_user uuid := darkroom.reading_user();
  v_page record;
  v_kind text;
  v_at timestamptz;
  v_id uuid;
  v_limit integer;
  v_items jsonb;
  v_found integer;
  v_key jsonb;
begin
  select p.* into v_page
  from darkroom.read_page(v_user, 'trash', p_filter, '{"kind": ["generation", "image", "conversation"]}') as p;
  v_kind := v_page.filter ->> 'kind';
  v_at := (v_page.after ->> 0)::timestamptz;
  v_id := (v_page.after ->> 1)::uuid;
  v_limit := v_page.page_limit + 1;

  with thrown as materialized (
    (select 'generation' as kind, g.id, g.deleted_at
    from darkroom.generations as g
    where g.user_id = v_user
      and g.deleted_at is not null
      and (v_kind is null or v_kind = 'generation')
      and (v_id is null or (g.deleted_at, g.id) < (v_at, v_id))
    order by g.deleted_at desc, g.id desc
    limit v_limit)
    union all
    (select 'image', i.id, i.deleted_at
    from darkroom.images as i
    join darkroom.generations as g on g.user_id = i.user_id and g.id = i.generation_id
    where i.user_id = v_user
      and i.deleted_at is not null
      and g.deleted_at is null
      and (v_kind is null or v_kind = 'image')
      and (v_id is null or (i.deleted_at, i.id) < (v_at, v_id))
    order by i.deleted_at desc, i.id desc
    limit v_limit)
    union all
    (select 'conversation', c.id, c.deleted_at
    from darkroom.conversations as c
    where c.user_id = v_user
      and c.deleted_at is not null
      and (v_kind is null or v_kind = 'conversation')
      and (v_id is null or (c.deleted_at, c.id) < (v_at, v_id))
    order by c.deleted_at desc, c.id desc
    limit v_limit)
  ),
  page as materialized (
    select t.kind, t.id, t.deleted_at, row_number() over (order by t.deleted_at desc, t.id desc) as place
    from thrown as t
    order by t.deleted_at desc, t.id desc
    limit v_limit
  )
  select
    (select jsonb_agg(o.object order by o.place)
    from (
      select
        p.place,
        jsonb_build_object(
          'kind', p.kind,
          'id', p.id,
          'title', coalesce(c.title, darkroom.card_title(g.name, coalesce(nullif(g.caption, ''), g.prompt))),
          'thumbnail_url', darkroom.image_url(case p.kind when 'image' then i.id else f.id end, 'thumb'),
          'deleted_at', darkroom.json_time(p.deleted_at),
          'expires_at', darkroom.json_time(p.deleted_at + darkroom.trash_age())) as object
      from page as p
      left join darkroom.images as i on p.kind = 'image' and i.user_id = v_user and i.id = p.id
      left join darkroom.conversations as c on p.kind = 'conversation' and c.user_id = v_user and c.id = p.id
      left join darkroom.generations as g
        on p.kind <> 'conversation' and g.user_id = v_user and g.id = coalesce(i.generation_id, p.id)
      left join lateral (
        select s.id
        from darkroom.images as s
        where s.user_id = v_user
          and ((p.kind = 'generation' and s.generation_id = p.id) or (p.kind = 'conversation' and s.id = c.source_image_id))
        order by s.id is distinct from g.selected_image_id, s.deleted_at is not null, s.slot, s.id
        limit 1
      ) as f on p.kind <> 'image'
      where p.place < v_limit
    ) as o),
    (select count(*) from page as p),
    (select jsonb_build_array(p.deleted_at, p.id) from page as p where p.place = v_page.page_limit)
  into v_items, v_found, v_key;
  return darkroom.list_reply(v_user, v_items, v_found, v_page.page_limit, v_page.binding, v_key);
end
$$;
comment on function darkroom.list_trash(jsonb) is
  'A page of what the current user threw away: {items: [{kind, id, title, thumbnail_url, deleted_at, expires_at}], next_cursor, seq}. Filter: kind.';
