-- Links that show one image to whoever has them, and downloads of many images in one file.
-- depends: 0010.sign_in

create table darkroom.links (
  user_id uuid not null,
  id uuid not null default darkroom.uuid7(),
  image_id uuid not null,
  token_sha256 bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint links_pkey primary key (user_id, id),
  constraint links_token_sha256_key unique (token_sha256),
  constraint links_image_id_fkey foreign key (user_id, image_id) references darkroom.images on delete cascade,
  constraint links_sha256_shape check (octet_length(token_sha256) = 32)
);
create index links_image_id_idx on darkroom.links (user_id, image_id);
comment on table darkroom.links is 'Links by which anybody may see an image: sha256 of a random token. They go with the image.';

create table darkroom.downloads (
  user_id uuid not null references darkroom.users on delete cascade,
  id uuid not null default darkroom.uuid7(),
  name text not null,
  image_ids uuid[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint downloads_pkey primary key (user_id, id)
);
comment on table darkroom.downloads is 'Images that a user is about to fetch in one file, in its order. Those that are purged meanwhile are not in it.';
