-- The catalogue of models. Columns are only ever added at the end, as in images.sql.
-- Read by: darkroom_report.
create or replace view report.models as
select
  m.id,
  m.name,
  m.provider,
  m.provider_model,
  m.capability,
  m.can_edit,
  m.max_references,
  m.max_quantity,
  m.credits_per_call,
  m.aspect_ratios,
  m.resolutions,
  m.is_default,
  m.average_seconds,
  m.active,
  m.created_at
from darkroom.models as m;

comment on view report.models is 'What can be called, and at which price today. Models are deactivated, never deleted.';
comment on column report.models.id is 'As users know it; images.model and jobs.model hold it.';
comment on column report.models.provider_model is 'The name under which the provider knows it.';
comment on column report.models.capability is 'image or text.';
comment on column report.models.credits_per_call is 'Today''s price; what a job was charged stands with the job.';
