-- The catalogue on the first day. Prices and defaults are the operator's from here on (darkroom model set).
-- depends: 0006.events

insert into darkroom.models
  (id, name, provider, provider_model, capability, can_edit, max_references, credits_per_call, aspect_ratios, resolutions, is_default, average_seconds)
values
  ('sketch/watercolor', 'Sketch Watercolor', 'sketch', 'watercolor', 'image', true, 8, 1,
    '{1:1,2:3,3:2,3:4,4:3,4:5,5:4,9:16,16:9,21:9}', '{1K,2K,4K}', true, 1),
  ('sketch/ink', 'Sketch Ink', 'sketch', 'ink', 'image', true, 8, 1,
    '{1:1,2:3,3:2,3:4,4:3,4:5,5:4,9:16,16:9,21:9}', '{1K,2K,4K}', false, 1),
  ('sketch/words', 'Sketch Words', 'sketch', 'words', 'text', false, 8, 1, '{1:1}', '{1K}', true, 1),
  ('google/gemini-2.5-flash-image', 'Nano Banana', 'openrouter', 'google/gemini-2.5-flash-image', 'image', true, 3, 4,
    '{1:1,2:3,3:2,3:4,4:3,4:5,5:4,9:16,16:9,21:9}', '{1K}', false, 10),
  ('google/gemini-3-pro-image-preview', 'Nano Banana Pro', 'openrouter', 'google/gemini-3-pro-image-preview', 'image', true, 14, 12,
    '{1:1,2:3,3:2,3:4,4:3,4:5,5:4,9:16,16:9,21:9}', '{1K,2K,4K}', false, 25),
  ('bytedance-seed/seedream-4.5', 'SeeDream v4.5', 'openrouter', 'bytedance-seed/seedream-4.5', 'image', true, 10, 4,
    '{1:1,2:3,3:2,3:4,4:3,9:16,16:9,21:9}', '{2K,4K}', false, 15),
  ('black-forest-labs/flux.2-flex', 'Flux 2 Flex', 'openrouter', 'black-forest-labs/flux.2-flex', 'image', true, 8, 6,
    '{1:1,2:3,3:2,3:4,4:3,9:16,16:9}', '{1K,2K}', false, 15),
  ('openai/gpt-5-image', 'GPT Image 1.5', 'openrouter', 'openai/gpt-5-image', 'image', true, 8, 15,
    '{1:1,2:3,3:2}', '{1K}', false, 40),
  ('openai/gpt-4.1', 'GPT-4.1', 'openrouter', 'openai/gpt-4.1', 'text', false, 4, 1, '{1:1}', '{1K}', false, 6);

-- The clocks of the fair queue, at every priority. Made with the first job instead, they would be waited for by all
-- others' first jobs, and by workers going to sleep, until that transaction ends.
insert into darkroom.provider_clocks (provider, priority)
select distinct m.provider, p.priority
from darkroom.models as m
cross join generate_series(-10, 10) as p (priority);
