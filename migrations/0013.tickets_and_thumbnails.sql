-- A ticket ends with the sign-in it was asked for with, whatever that was. An upload has a small picture of itself.
-- depends: 0012.cursor_secret

alter table darkroom.event_tickets
  add column session_sha256 bytea,
  add column sign_in_ends_at timestamptz,
  add constraint event_tickets_session_sha256_shape check (octet_length(session_sha256) = 32);
comment on column darkroom.event_tickets.session_sha256 is 'The browser''s session it was asked for with, if it was one.';
comment on column darkroom.event_tickets.sign_in_ends_at is 'When the sign-in it was asked for with ends by itself, as a product''s own token does.';

alter table darkroom.uploads add column thumbnail_key text;
comment on column darkroom.uploads.thumbnail_key is 'A small WebP of it, which an import shows as well. Null where none could be made.';
