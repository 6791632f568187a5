-- The loader remembers what it defined, so that what a release no longer has goes with its upgrade. Two functions went
-- before it did.
-- depends: 0015.room_for_heads

alter table darkroom.schema_code add column objects text[] not null default '{}';
comment on column darkroom.schema_code.objects is 'The functions, views and triggers that the files of the bundle defined. What the next bundle does not define any more is dropped; nothing else ever is.';

drop function if exists darkroom.begin_jobs(darkroom.job_change[]);
drop function if exists darkroom.on_present_cards(darkroom.new_event[]);
