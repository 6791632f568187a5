-- What cursors are sealed with: a secret of this database, so that nobody can make one up.
-- depends: 0011.links_and_downloads

create table darkroom.cursor_secret (
  only_row boolean primary key default true,
  secret uuid not null default gen_random_uuid(),
  constraint cursor_secret_only_row check (only_row)
);
comment on table darkroom.cursor_secret is 'The one secret that the cursors of lists are sealed with. No role reads it but the owner.';
insert into darkroom.cursor_secret default values;
