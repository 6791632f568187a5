CREATE SCHEMA darkroom;

COMMENT ON SCHEMA darkroom IS 'Everything Darkroom knows and every rule it follows.';

CREATE SCHEMA report;

COMMENT ON SCHEMA report IS 'A stable contract for people who write SQL reports: views only, no secrets.';

CREATE TYPE darkroom.head_change AS (
	user_id uuid,
	active integer,
	unviewed integer,
	active_jobs integer,
	storage_bytes bigint
);

COMMENT ON TYPE darkroom.head_change IS 'What a change adds to the totals of a user''s head.';

CREATE TYPE darkroom.job_change AS (
	id bigint,
	user_id uuid,
	generation_id uuid,
	kind text,
	slot smallint,
	model text,
	provider text,
	priority smallint,
	fair_key bigint,
	credits integer,
	seed jsonb,
	result jsonb,
	bytes jsonb,
	detail jsonb,
	image_id uuid,
	next_run_at timestamp with time zone,
	started_at timestamp with time zone,
	finished_at timestamp with time zone,
	was text,
	status text
);

COMMENT ON TYPE darkroom.job_change IS 'A job''s step from one status to another: seed and result for what is made of it, bytes and detail for what is told of it.';

CREATE TYPE darkroom.job_item AS (
	job_id bigint,
	lease_no bigint,
	result jsonb,
	class text,
	message text,
	retry_after interval
);

COMMENT ON TYPE darkroom.job_item IS 'One job of a worker''s call: which, under which lease, and what became of it.';

CREATE TYPE darkroom.new_event AS (
	user_id uuid,
	kind text,
	generation_id uuid,
	card_id uuid,
	job_id bigint,
	image_id uuid,
	batch_id uuid,
	conversation_id uuid,
	project_id uuid,
	collection_id uuid,
	detail jsonb
);

COMMENT ON TYPE darkroom.new_event IS 'An event before it has a number.';

CREATE TYPE darkroom.new_job AS (
	generation_id uuid,
	kind text,
	slot smallint,
	retry_of bigint,
	model text,
	provider text,
	priority smallint,
	credits integer,
	payload jsonb,
	waits boolean
);

COMMENT ON TYPE darkroom.new_job IS 'A job before it is charged and queued; waits says that it waits for its generation''s caption.';

CREATE TYPE darkroom.ready_job AS (
	place tid,
	provider text,
	rank smallint,
	fair_key bigint,
	job_id bigint,
	user_id uuid
);

COMMENT ON TYPE darkroom.ready_job IS 'A locked row of the queue, with where it lies: while we hold it, it stays there.';

CREATE FUNCTION darkroom.act_as_user() RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.act_as_user() IS 'The user of the connection with the mutex held, or DR401.';

CREATE FUNCTION darkroom.clock() RETURNS timestamp with time zone
    LANGUAGE sql PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.clock() IS 'The present moment; moved by the setting darkroom.clock_offset in tests.';

CREATE FUNCTION darkroom.uuid7() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.uuid7() IS 'A new uuid of version 7: sorts by the millisecond it was made in.';

CREATE TABLE darkroom.provider_tokens (
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    provider text NOT NULL,
    label text DEFAULT ''::text NOT NULL,
    secret text,
    active boolean DEFAULT true NOT NULL,
    max_in_flight smallint DEFAULT 1 NOT NULL,
    error_count bigint DEFAULT 0 NOT NULL,
    consecutive_errors integer DEFAULT 0 NOT NULL,
    last_error text,
    last_error_at timestamp with time zone,
    cooldown_until timestamp with time zone,
    removed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT provider_tokens_max_in_flight_range CHECK (((max_in_flight >= 1) AND (max_in_flight <= 1000))),
    CONSTRAINT provider_tokens_provider_shape CHECK ((provider ~ '^[a-z][a-z0-9_-]{0,49}$'::text)),
    CONSTRAINT provider_tokens_removed_shape CHECK ((((removed_at IS NOT NULL) = (secret IS NULL)) AND (NOT (active AND (removed_at IS NOT NULL)))))
)
WITH (fillfactor='70');

COMMENT ON TABLE darkroom.provider_tokens IS 'API keys of providers. A provider with rows here is called only with a free slot of an active token; removing one wipes its secret and keeps the row.';

COMMENT ON COLUMN darkroom.provider_tokens.secret IS 'Encrypted with DARKROOM_SECRET_KEYS before it reaches the database.';

CREATE TABLE darkroom.token_slots (
    token_id uuid NOT NULL,
    slot smallint NOT NULL,
    provider text NOT NULL,
    job_id bigint,
    last_used_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    request_count bigint DEFAULT 0 NOT NULL,
    CONSTRAINT token_slots_slot_range CHECK ((slot >= 1))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

COMMENT ON TABLE darkroom.token_slots IS 'One row per call that a token allows at once. Locking these rows, not counting leases, is what keeps "10 tokens = 10 calls" true.';

CREATE VIEW darkroom.provider_token_state AS
 SELECT t.id,
    t.provider,
    t.label,
        CASE
            WHEN (t.removed_at IS NOT NULL) THEN 'removed'::text
            WHEN (NOT t.active) THEN 'off'::text
            WHEN (t.cooldown_until > darkroom.clock()) THEN 'cooling'::text
            WHEN (s.in_flight >= t.max_in_flight) THEN 'in use'::text
            ELSE 'ready'::text
        END AS state,
    t.max_in_flight,
    s.in_flight,
    s.requests,
    t.error_count AS errors,
    t.consecutive_errors,
    t.last_error,
    t.last_error_at,
    s.last_used_at,
    t.cooldown_until,
    t.created_at,
    t.removed_at
   FROM (darkroom.provider_tokens t
     CROSS JOIN LATERAL ( SELECT count(*) FILTER (WHERE (k.job_id IS NOT NULL)) AS in_flight,
            (COALESCE(sum(k.request_count), (0)::numeric))::bigint AS requests,
            NULLIF(max(k.last_used_at), '-infinity'::timestamp with time zone) AS last_used_at
           FROM darkroom.token_slots k
          WHERE (k.token_id = t.id)) s);

COMMENT ON VIEW darkroom.provider_token_state IS 'Provider tokens as operators may see them: ready, cooling, in use, off or removed. No secrets.';

CREATE FUNCTION darkroom.add_provider_token(p_provider text, p_label text, p_secret_encrypted text, p_max_in_flight integer DEFAULT 1) RETURNS SETOF darkroom.provider_token_state
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.add_provider_token(p_provider text, p_label text, p_secret_encrypted text, p_max_in_flight integer) IS 'Adds an API key of a provider, encrypted, with so many calls at once; answers what may be shown of it.';

CREATE FUNCTION darkroom.add_turn(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.add_turn(p_request jsonb) IS 'Adds a turn to a conversation: {conversation, generation, credits, dropped_references}. Request as POST /v1/conversations/{id}/turns with conversation_id.';

CREATE FUNCTION darkroom.advance_provider_clocks(p_found darkroom.ready_job[], p_locked uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.advance_provider_clocks(p_found darkroom.ready_job[], p_locked uuid[]) IS 'Raises the providers'' clocks to the highest keys just claimed.';

CREATE FUNCTION darkroom.append_ended_events(p_changes darkroom.job_change[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.append_ended_events(p_changes darkroom.job_change[]) IS 'Writes the events of a statement in which jobs ended.';

CREATE FUNCTION darkroom.append_events(p_events darkroom.new_event[], p_changes darkroom.head_change[] DEFAULT '{}'::darkroom.head_change[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'on'
    SET enable_mergejoin TO 'on'
    SET enable_memoize TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.append_events(p_events darkroom.new_event[], p_changes darkroom.head_change[]) IS 'Numbers and writes events and moves the totals of their users'' heads; the caller holds the mutexes.';

CREATE FUNCTION darkroom.append_job_events() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'on'
    SET enable_mergejoin TO 'on'
    SET enable_memoize TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.append_job_events() IS 'Trigger: writes the events of jobs, and of the generations and batches that finished with them.';

CREATE FUNCTION darkroom.apply_to_library(p_user uuid, p_action text, p_items jsonb, p_with_posts boolean DEFAULT false) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.apply_to_library(p_user uuid, p_action text, p_items jsonb, p_with_posts boolean) IS 'Carries out an action on things of a locked user, each by itself; answers the outcome for each.';

CREATE FUNCTION darkroom.apply_to_one(p_user uuid, p_action text, p_kind text, p_id uuid, p_with_posts boolean DEFAULT false) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.apply_to_one(p_user uuid, p_action text, p_kind text, p_id uuid, p_with_posts boolean) IS 'Carries out an action on one thing of a locked user, or refuses.';

CREATE FUNCTION darkroom.batch_detail(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.batch_detail(p_user uuid, p_id uuid) IS 'The object of one batch with one item per slot, or null.';

CREATE FUNCTION darkroom.batch_events(p_user uuid, p_kind text, p_ids uuid[]) RETURNS darkroom.new_event[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.batch_events(p_user uuid, p_kind text, p_ids uuid[]) IS 'An event of this kind for each of these batches of a user.';

CREATE FUNCTION darkroom.batch_object(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.batch_object(p_user uuid, p_id uuid) IS 'The object of one batch without items, or null.';

CREATE FUNCTION darkroom.batch_objects(p_user uuid, p_ids uuid[]) RETURNS TABLE(id uuid, object jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.batch_objects(p_user uuid, p_ids uuid[]) IS 'The batch objects of these ids of a user, without items, in no order.';

CREATE FUNCTION darkroom.batches_finished(p_changes darkroom.job_change[]) RETURNS darkroom.new_event[]
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.batches_finished(p_changes darkroom.job_change[]) IS 'The events of batches that finished with these jobs.';

CREATE FUNCTION darkroom.blame_tokens(p_blame jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.blame_tokens(p_blame jsonb) IS 'Counts errors of tokens, cools down the rate-limited and switches off the rejected.';

CREATE FUNCTION darkroom.bulk(p_action text, p_items jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.bulk(p_action text, p_items jsonb) IS 'One action on up to 200 things, each by itself: {items: [{kind, id, ok, error}], succeeded, failed}.';

CREATE FUNCTION darkroom.caller_seq() RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.caller_seq() IS 'The event number of the current user, as of before the transaction''s own changes.';

CREATE FUNCTION darkroom.cancel_batch(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.cancel_batch(p_id uuid) IS 'Cancels the unfinished jobs of a batch: {cancelled, refunded}, images and credits.';

CREATE FUNCTION darkroom.cancel_generation(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.cancel_generation(p_id uuid) IS 'Cancels the unfinished jobs of a generation: {cancelled, refunded}, images and credits.';

CREATE FUNCTION darkroom.cancel_generations(p_user uuid, p_generations uuid[]) RETURNS jsonb
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.cancel_generations(p_user uuid, p_generations uuid[]) IS 'Cancels the unfinished jobs of these generations of a locked user: {cancelled, refunded}.';

CREATE FUNCTION darkroom.cancel_job(p_job bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.cancel_job(p_job bigint) IS 'Cancels a job if it is unfinished: {cancelled, refunded}, images and credits.';

CREATE FUNCTION darkroom.cancel_jobs(p_user uuid, p_jobs bigint[]) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.cancel_jobs(p_user uuid, p_jobs bigint[]) IS 'Cancels the unfinished of these jobs of a locked user: {cancelled, refunded}.';

CREATE FUNCTION darkroom.cancel_queue(p_scope text DEFAULT 'queued'::text, p_batch uuid DEFAULT NULL::uuid, p_project uuid DEFAULT NULL::uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.cancel_queue(p_scope text, p_batch uuid, p_project uuid) IS 'Cancels all waiting (queued) or all unfinished (all) jobs of the current user: {cancelled, refunded}, images and credits.';

CREATE FUNCTION darkroom.card_object(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.card_object(p_user uuid, p_id uuid) IS 'The object of one card, or null.';

CREATE FUNCTION darkroom.card_objects(p_user uuid, p_ids uuid[]) RETURNS TABLE(id uuid, object json)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.card_objects(p_user uuid, p_ids uuid[]) IS 'The card objects of these ids of a user, in no order.';

CREATE FUNCTION darkroom.card_title(p_name text, p_prompt text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.card_title(p_name text, p_prompt text) IS 'A name, or the first 60 characters of a prompt up to a word''s end.';

CREATE FUNCTION darkroom.changed_events(p_user uuid, p_generations uuid[], p_images uuid[], p_conversations uuid[]) RETURNS darkroom.new_event[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.changed_events(p_user uuid, p_generations uuid[], p_images uuid[], p_conversations uuid[]) IS 'updated events for those of these things of a user that still exist.';

CREATE FUNCTION darkroom.charge_and_queue(p_user uuid, p_jobs darkroom.new_job[], p_run_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.charge_and_queue(p_user uuid, p_jobs darkroom.new_job[], p_run_at timestamp with time zone) IS 'Charges a locked user for these jobs and puts them in their places; answers the cost.';

CREATE FUNCTION darkroom.charge_user(p_user uuid, p_cost bigint, p_jobs integer) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.charge_user(p_user uuid, p_cost bigint, p_jobs integer) IS 'Takes credits from a locked user, or refuses (DR402, DR429); answers whether the queue is paused.';

CREATE FUNCTION darkroom.check_encrypted(p_secret text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.check_encrypted(p_secret text) IS 'Refuses a secret that is not encrypted.';

CREATE FUNCTION darkroom.check_failures(p_items darkroom.job_item[]) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.check_failures(p_items darkroom.job_item[]) IS 'Refuses unknown classes of failure and impossible waits.';

CREATE FUNCTION darkroom.check_fields(p_request jsonb, p_known text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.check_fields(p_request jsonb, p_known text[]) IS 'Refuses a request that is not an object of known fields.';

CREATE FUNCTION darkroom.check_hint(p_hint jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.check_hint(p_hint jsonb) IS 'Refuses a claim hint that is not {provider: [rank, fair_key, job_id]}.';

CREATE FUNCTION darkroom.check_model_changes(p_changes jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.check_model_changes(p_changes jsonb) IS 'Refuses changes to a model that name an unknown property or carry an impossible value.';

CREATE FUNCTION darkroom.search_text(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.search_text(p_text text) IS 'A text as search sees it: without accents, and with spaces for punctuation.';

CREATE TABLE darkroom.generations (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    card_id uuid NOT NULL,
    category text DEFAULT 'generate'::text NOT NULL,
    project_id uuid,
    batch_id uuid,
    template_id uuid,
    template_name text,
    conversation_id uuid,
    turn_index integer,
    parent_id uuid,
    source_image_id uuid,
    regenerated_from_id uuid,
    selected_image_id uuid,
    name text,
    prompt text NOT NULL,
    caption text,
    write_caption boolean DEFAULT false NOT NULL,
    reference_count smallint DEFAULT 0 NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    phase text DEFAULT 'queued'::text NOT NULL,
    total smallint NOT NULL,
    completed smallint DEFAULT 0 NOT NULL,
    failed smallint DEFAULT 0 NOT NULL,
    cancelled smallint DEFAULT 0 NOT NULL,
    credits_used bigint DEFAULT 0 NOT NULL,
    credits_held bigint DEFAULT 0 NOT NULL,
    viewed_at timestamp with time zone,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    status text GENERATED ALWAYS AS (
CASE
    WHEN (((completed + failed) + cancelled) < total) THEN phase
    WHEN (completed > 0) THEN 'completed'::text
    WHEN (failed > 0) THEN 'failed'::text
    ELSE 'cancelled'::text
END) STORED NOT NULL,
    attention boolean GENERATED ALWAYS AS (((viewed_at IS NULL) AND (deleted_at IS NULL) AND (((completed + failed) > 0) OR (cancelled < total)))) STORED NOT NULL,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, darkroom.search_text(((((COALESCE(name, ''::text) || ' '::text) || prompt) || ' '::text) || COALESCE(caption, ''::text))))) STORED NOT NULL,
    CONSTRAINT generations_category_known CHECK ((category = ANY (ARRAY['generate'::text, 'edit'::text, 'import'::text]))),
    CONSTRAINT generations_counters CHECK (((total >= 1) AND (completed >= 0) AND (failed >= 0) AND (cancelled >= 0) AND (((completed + failed) + cancelled) <= total))),
    CONSTRAINT generations_credits CHECK (((credits_used >= 0) AND (credits_held >= 0))),
    CONSTRAINT generations_finished_shape CHECK (((finished_at IS NOT NULL) = (((completed + failed) + cancelled) = total))),
    CONSTRAINT generations_held_shape CHECK (((finished_at IS NULL) OR (credits_held = 0))),
    CONSTRAINT generations_name_shape CHECK (((length(name) >= 1) AND (length(name) <= 400))),
    CONSTRAINT generations_phase_known CHECK ((phase = ANY (ARRAY['queued'::text, 'captioning'::text, 'generating'::text]))),
    CONSTRAINT generations_prompt_shape CHECK (((length(prompt) <= 32000) AND ((category = 'import'::text) OR (btrim(prompt) <> ''::text)))),
    CONSTRAINT generations_turn_shape CHECK ((((conversation_id IS NULL) = (turn_index IS NULL)) AND (turn_index >= 0)))
)
WITH (fillfactor='50');

COMMENT ON TABLE darkroom.generations IS 'One request: a post in the gallery, a turn of a conversation. Counters are in slots (images asked for).';

COMMENT ON COLUMN darkroom.generations.template_id IS 'As of the day it was made, like template_name, regenerated_from_id and selected_image_id: no foreign key, may be gone.';

COMMENT ON COLUMN darkroom.generations.phase IS 'How far an unfinished generation has come: never back to queued.';

CREATE FUNCTION darkroom.check_selected_image(p_generation darkroom.generations) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.check_selected_image(p_generation darkroom.generations) IS 'Refuses a selected image that is not a live one of the generation.';

CREATE FUNCTION darkroom.check_storage(p_user uuid, p_more bigint DEFAULT 0) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.check_storage(p_user uuid, p_more bigint) IS 'Refuses with DR413 when the user''s storage quota is used up, or would be by so many bytes more.';

CREATE FUNCTION darkroom.check_worker(p_worker text, p_lease interval DEFAULT '00:01:00'::interval) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.check_worker(p_worker text, p_lease interval) IS 'Refuses a worker without a name and a lease without a length.';

CREATE FUNCTION darkroom.chosen_images(p_user uuid, p_images uuid[], p_generations uuid[], p_cards uuid[], p_batch uuid) RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.chosen_images(p_user uuid, p_images uuid[], p_generations uuid[], p_cards uuid[], p_batch uuid) IS 'The images of a user that are chosen by themselves, or by what they belong to.';

CREATE FUNCTION darkroom.claim_jobs(p_worker text, p_limit integer, p_providers text[] DEFAULT NULL::text[], p_lease interval DEFAULT '00:01:00'::interval, p_hint jsonb DEFAULT NULL::jsonb) RETURNS TABLE(job_id bigint, lease_no bigint, user_id uuid, generation_id uuid, kind text, provider text, model text, attempt smallint, max_attempts smallint, payload jsonb, "references" jsonb, provider_ref text, token_id uuid, token_secret text, expires_at timestamp with time zone, claim_key bigint[], busy boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_memoize TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.claim_jobs(p_worker text, p_limit integer, p_providers text[], p_lease interval, p_hint jsonb) IS 'Claims up to so many ready jobs for a worker, fairly and without ever waiting; busy = true tells contention from emptiness.';

CREATE FUNCTION darkroom.claim_next_job(p_worker text, p_providers text[] DEFAULT NULL::text[]) RETURNS TABLE(job_id bigint, lease_no bigint, user_id uuid, generation_id uuid, kind text, provider text, model text, attempt smallint, max_attempts smallint, payload jsonb, "references" jsonb, provider_ref text, token_id uuid, token_secret text, expires_at timestamp with time zone, claim_key bigint[], busy boolean)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.claim_next_job(p_worker text, p_providers text[]) IS 'Claims the next ready job, if there is one.';

CREATE FUNCTION darkroom.collection_event(p_user uuid, p_id uuid, p_change text) RETURNS darkroom.new_event
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.collection_event(p_user uuid, p_id uuid, p_change text) IS 'The event of a collection that was created, updated or deleted.';

CREATE FUNCTION darkroom.collection_object(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.collection_object(p_user uuid, p_id uuid) IS 'The object of one collection, or null.';

CREATE FUNCTION darkroom.collection_objects(p_user uuid, p_ids uuid[]) RETURNS TABLE(id uuid, object jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.collection_objects(p_user uuid, p_ids uuid[]) IS 'The collection objects of these ids of a user, in no order.';

CREATE FUNCTION darkroom.complete_job(p_job bigint, p_lease_no bigint, p_result jsonb) RETURNS text
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.complete_job(p_job bigint, p_lease_no bigint, p_result jsonb) IS 'Completes one job: accepted, already or refused.';

CREATE FUNCTION darkroom.complete_jobs(p jsonb) RETURNS TABLE(job_id bigint, lease_no bigint, answer text, user_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_memoize TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.complete_jobs(p jsonb) IS 'Completes jobs, fenced by lease: [{job_id, lease_no, result}]; answers accepted, already, refused or busy for each.';

CREATE FUNCTION darkroom.confirm_object_deletions(p_ids bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.confirm_object_deletions(p_ids bigint[]) IS 'Forgets objects that were deleted from storage; answers how many were still on the list.';

CREATE FUNCTION darkroom.conversation_detail(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.conversation_detail(p_user uuid, p_id uuid) IS 'The object of one conversation with its turns, or null.';

CREATE FUNCTION darkroom.conversation_events(p_user uuid, p_kind text, p_ids uuid[]) RETURNS darkroom.new_event[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.conversation_events(p_user uuid, p_kind text, p_ids uuid[]) IS 'An event of this kind for each of these conversations of a user.';

CREATE FUNCTION darkroom.conversation_object(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.conversation_object(p_user uuid, p_id uuid) IS 'The object of one conversation without turns, or null.';

CREATE FUNCTION darkroom.conversation_objects(p_user uuid, p_ids uuid[]) RETURNS TABLE(id uuid, object jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.conversation_objects(p_user uuid, p_ids uuid[]) IS 'The conversation objects of these ids of a user, without turns, in no order.';

CREATE FUNCTION darkroom.conversations_about(p_user uuid, p_images uuid[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.conversations_about(p_user uuid, p_images uuid[]) IS 'The conversation objects around some images, each with relation source or output.';

CREATE FUNCTION darkroom.count_batches(p_changes darkroom.job_change[], p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.count_batches(p_changes darkroom.job_change[], p_now timestamp with time zone) IS 'Moves the counters of batches whose jobs ended.';

CREATE FUNCTION darkroom.create_api_key(p_user uuid, p_sha256 bytea, p_last_four text, p_label text DEFAULT ''::text) RETURNS TABLE(id uuid, user_id uuid, label text, last_four text, created_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_api_key(p_user uuid, p_sha256 bytea, p_last_four text, p_label text) IS 'Records a user''s new key by its sha256 and last four characters.';

CREATE FUNCTION darkroom.create_batch(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_batch(p_request jsonb) IS 'Enqueues a batch from a collection or a list of prompts: {batch, credits}. Request as POST /v1/batches.';

CREATE FUNCTION darkroom.create_collection(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_collection(p_request jsonb) IS 'Makes a collection with its templates: {collection}. Request as POST /v1/collections.';

CREATE FUNCTION darkroom.create_download(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.create_download(p_request jsonb) IS 'Puts images of the current user together for one file: {download: {id, url, files, bytes, expires_at}}. Request as POST /v1/downloads.';

CREATE FUNCTION darkroom.create_edit(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_edit(p_request jsonb) IS 'Enqueues an edit of an image into its source''s card: {generation, credits}. Request as POST /v1/generations/{id}/edits with generation_id.';

CREATE FUNCTION darkroom.create_event_head() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_event_head() IS 'Trigger: gives each new user its event head.';

CREATE FUNCTION darkroom.create_event_ticket(p_sha256 bytea, p_session bytea DEFAULT NULL::bytea, p_until timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_event_ticket(p_sha256 bytea, p_session bytea, p_until timestamp with time zone) IS 'Records a ticket of the current user, by its sha256, that opens one event stream: {expires_at, seq}.';

CREATE FUNCTION darkroom.create_generation(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_generation(p_request jsonb) IS 'Enqueues a generation for the current user and charges its credits: {generation, credits}. Request as POST /v1/generations.';

CREATE FUNCTION darkroom.create_link(p_image uuid, p_sha256 bytea, p_request jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_link(p_image uuid, p_sha256 bytea, p_request jsonb) IS 'Records a link to an image of the current user, by the sha256 of its token: {link: {id, expires_at, sha256}}. Request as POST /v1/images/{id}/links.';

CREATE FUNCTION darkroom.create_project(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_project(p_request jsonb) IS 'Makes a project: {project}. Request as POST /v1/projects.';

CREATE FUNCTION darkroom.create_session(p_key bytea, p_token bytea, p_replaces bytea DEFAULT NULL::bytea) RETURNS TABLE(user_id uuid, api_key_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_session(p_key bytea, p_token bytea, p_replaces bytea) IS 'Signs a browser in with a key, both by their sha256; DR401 if it opens nothing.';

CREATE FUNCTION darkroom.create_sign_in_link(p_user uuid, p_sha256 bytea) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_sign_in_link(p_user uuid, p_sha256 bytea) IS 'Records a link, by its token''s sha256, that signs a browser in once; answers until when.';

CREATE FUNCTION darkroom.create_upload(p_upload jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_upload(p_upload jsonb) IS 'Records a stored picture as an upload, or finds the one with the same bytes: {upload, object_key, created}.';

CREATE TABLE darkroom.users (
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    name text NOT NULL,
    credits bigint DEFAULT 0 NOT NULL,
    max_priority smallint DEFAULT 0 NOT NULL,
    max_active_jobs integer DEFAULT 10000 NOT NULL,
    storage_quota bigint,
    operator boolean DEFAULT false NOT NULL,
    paused_at timestamp with time zone,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_credits_not_negative CHECK ((credits >= 0)),
    CONSTRAINT users_max_active_jobs_range CHECK ((max_active_jobs >= 0)),
    CONSTRAINT users_max_priority_range CHECK (((max_priority >= 0) AND (max_priority <= 10))),
    CONSTRAINT users_name_shape CHECK (((name = btrim(name)) AND ((length(name) >= 1) AND (length(name) <= 100)))),
    CONSTRAINT users_storage_quota_range CHECK ((storage_quota >= 0))
)
WITH (fillfactor='70');

COMMENT ON TABLE darkroom.users IS 'A tenant. Its row in event_heads is its mutex; credits is the balance that credit_entries sum to.';

COMMENT ON COLUMN darkroom.users.max_priority IS 'The highest priority this user may give a job; 0 means that it can only step back.';

COMMENT ON COLUMN darkroom.users.paused_at IS 'Set while the user holds its own queue: its waiting jobs lie in schedule at infinity.';

CREATE FUNCTION darkroom.create_user(p_name text, p_credits bigint DEFAULT 0) RETURNS darkroom.users
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.create_user(p_name text, p_credits bigint) IS 'Creates a user with its first credits (reference "signup") and returns it.';

CREATE FUNCTION darkroom.created_reply(p_user uuid, p_generation uuid) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.created_reply(p_user uuid, p_generation uuid) IS 'The reply of a creating call: {generation, credits}.';

CREATE FUNCTION darkroom.credit_entry_objects(p_user uuid, p_ids bigint[]) RETURNS TABLE(id bigint, object jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.credit_entry_objects(p_user uuid, p_ids bigint[]) IS 'The ledger entries of these ids of a user, in no order.';

CREATE FUNCTION darkroom.credits_changed(p_user uuid, p_amount bigint, p_reason text) RETURNS darkroom.new_event[]
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.credits_changed(p_user uuid, p_amount bigint, p_reason text) IS 'The event credits.changed with the present balance, or none.';

CREATE FUNCTION darkroom.credits_refunded(p_changes darkroom.job_change[]) RETURNS darkroom.new_event[]
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.credits_refunded(p_changes darkroom.job_change[]) IS 'The events of the balances changed by these jobs'' refunds.';

CREATE FUNCTION darkroom.current_user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.current_user_id() IS 'The user set by darkroom.user_id, or null.';

CREATE FUNCTION darkroom.delete_collection(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.delete_collection(p_id uuid) IS 'Deletes a collection with its templates; batches made from it stay: {id}.';

CREATE FUNCTION darkroom.delete_link(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.delete_link(p_id uuid) IS 'Deletes a link of the current user: {id}; DR404.';

CREATE FUNCTION darkroom.delete_project(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS …;

COMMENT ON FUNCTION darkroom.delete_project(p_id uuid) IS 'Deletes a project; what was made in it stays: {id}.';

CREATE FUNCTION darkroom.deliver_events(p_cursors jsonb, p_limit integer DEFAULT 100) RETURNS TABLE(user_id uuid, after bigint, seq bigint, epoch text, totals jsonb, reset boolean, items text, next_after bigint, has_more boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.deliver_events(p_cursors jsonb, p_limit integer) IS 'What happened after each position [{user_id, after, epoch}], with the objects'' present state; reset where it is not contiguous.';

CREATE FUNCTION darkroom.diagnose(p_thorough boolean DEFAULT true) RETURNS TABLE(finding text, level text, message text, hint text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.diagnose(p_thorough boolean) IS 'What is wrong or will be, with what mends it: one row for each finding, none if all is well.';

CREATE FUNCTION darkroom.disable_user(p_user uuid) RETURNS darkroom.users
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.disable_user(p_user uuid) IS 'Locks a user out: keys stop working, sessions and sockets end. Nothing is deleted.';

CREATE FUNCTION darkroom.download_files(p_user uuid, p_images uuid[]) RETURNS TABLE(object_key text, name text, bytes bigint, created_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.download_files(p_user uuid, p_images uuid[]) IS 'The files of a download of these images of a user, in this order.';

CREATE FUNCTION darkroom.drop_expired_sign_ins(p_limit integer DEFAULT 5000) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.drop_expired_sign_ins(p_limit integer) IS 'Forgets expired sessions, sign-in links and event tickets; answers how many.';

CREATE FUNCTION darkroom.drop_images(p_user uuid, p_ids uuid[], OUT freed_bytes bigint, OUT changed_generations uuid[], OUT changed_images uuid[], OUT changed_conversations uuid[]) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.drop_images(p_user uuid, p_ids uuid[], OUT freed_bytes bigint, OUT changed_generations uuid[], OUT changed_images uuid[], OUT changed_conversations uuid[]) IS 'Deletes images of a locked user for good and puts their objects down for deletion; answers what that changed elsewhere.';

CREATE FUNCTION darkroom.drop_old_idempotency_keys(p_limit integer DEFAULT 5000) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.drop_old_idempotency_keys(p_limit integer) IS 'Forgets answers to idempotency keys after 24 hours; answers how many.';

CREATE FUNCTION darkroom.edit_models(p_preferred text[]) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.edit_models(p_preferred text[]) IS 'The models of an edit that names none.';

CREATE FUNCTION darkroom.empty_trash(p_limit integer DEFAULT 2000) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.empty_trash(p_limit integer) IS 'Deletes everything in the trash for good: {generations, conversations, images, remaining}.';

CREATE FUNCTION darkroom.enable_user(p_user uuid) RETURNS darkroom.users
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.enable_user(p_user uuid) IS 'Lets a disabled user in again.';

CREATE FUNCTION darkroom.encrypted_provider_secrets() RETURNS TABLE(id uuid, provider text, label text, secret text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.encrypted_provider_secrets() IS 'The secrets of all tokens as they are stored: encrypted.';

CREATE FUNCTION darkroom.end_session(p_session bytea) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.end_session(p_session bytea) IS 'Ends a session of the current user, by its token''s sha256: {ended, seq}.';

CREATE FUNCTION darkroom.end_waiting_images(p_changes darkroom.job_change[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_memoize TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.end_waiting_images(p_changes darkroom.job_change[]) IS 'Ends the images that wait for captions which failed or were cancelled by hand.';

CREATE FUNCTION darkroom.enqueue(p_user uuid, p_plan jsonb, p_items jsonb, p_before darkroom.new_event[] DEFAULT '{}'::darkroom.new_event[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.enqueue(p_user uuid, p_plan jsonb, p_items jsonb, p_before darkroom.new_event[]) IS 'Creates generations from a plan for a locked user: cards, references, jobs, charge and events, all or nothing.';

CREATE FUNCTION darkroom.enqueue_batch(p_user uuid, p_plan jsonb, p_batch jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.enqueue_batch(p_user uuid, p_plan jsonb, p_batch jsonb) IS 'Creates a batch from a plan for a locked user: {batch, credits}.';

CREATE TABLE darkroom.conversations (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    title text NOT NULL,
    source_image_id uuid,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT conversations_title_shape CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

COMMENT ON TABLE darkroom.conversations IS 'An editing conversation that starts from one image. Its turns are generations, which outlive it.';

CREATE FUNCTION darkroom.enqueue_turn(p_conversation darkroom.conversations, p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.enqueue_turn(p_conversation darkroom.conversations, p_request jsonb) IS 'Enqueues the next turn of a quiet conversation of a locked user.';

CREATE FUNCTION darkroom.enter_queue(p_jobs bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.enter_queue(p_jobs bigint[]) IS 'Puts waiting jobs of locked users into the queue at their fair place (or aside, while paused).';

CREATE FUNCTION darkroom.error_sentence(p_class text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.error_sentence(p_class text) IS 'The sentence a user reads for a class of failure; never the provider''s own text.';

CREATE FUNCTION darkroom.event_epoch() RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.event_epoch() IS 'The epoch of all event numbers: system identifier and timeline.';

CREATE FUNCTION darkroom.event_slot(p_at timestamp with time zone) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.event_slot(p_at timestamp with time zone) IS 'The slot of the event ring for a moment: the day number modulo 9.';

CREATE FUNCTION darkroom.fail_job(p_job bigint, p_lease_no bigint, p_class text, p_message text, p_retry_after interval DEFAULT NULL::interval) RETURNS text
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.fail_job(p_job bigint, p_lease_no bigint, p_class text, p_message text, p_retry_after interval) IS 'Reports one failed call: accepted, already or refused.';

CREATE FUNCTION darkroom.fail_jobs(p jsonb) RETURNS TABLE(job_id bigint, lease_no bigint, answer text, user_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.fail_jobs(p jsonb) IS 'Reports failed calls, fenced by lease: [{job_id, lease_no, class, message, retry_after}]; retries, or fails and refunds.';

CREATE FUNCTION darkroom.favour_images(p_user uuid, p_ids uuid[], p_favourite boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.favour_images(p_user uuid, p_ids uuid[], p_favourite boolean) IS 'Marks these images of a locked user as favourites, or no longer.';

CREATE FUNCTION darkroom.file_ending(p_content_type text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.file_ending(p_content_type text) IS 'The ending of a file''s name for a content type.';

CREATE FUNCTION darkroom.find_jobs_of_others(p_providers text[], p_limit integer, p_hint jsonb, p_held uuid[]) RETURNS darkroom.ready_job[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.find_jobs_of_others(p_providers text[], p_limit integer, p_hint jsonb, p_held uuid[]) IS 'Locks and returns ready jobs of users other than these, among the next 1,000 of each provider; null if there are none.';

CREATE FUNCTION darkroom.find_provider_token(p_token uuid) RETURNS darkroom.provider_tokens
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.find_provider_token(p_token uuid) IS 'Locks a provider token and answers it, or DR404.';

CREATE FUNCTION darkroom.find_ready_jobs(p_providers text[], p_with_tokens text[], p_limit integer, p_hint jsonb) RETURNS darkroom.ready_job[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.find_ready_jobs(p_providers text[], p_with_tokens text[], p_limit integer, p_hint jsonb) IS 'Locks and returns the next ready jobs of these providers, fairly shared among them.';

CREATE FUNCTION darkroom.find_user(p_name_or_id text) RETURNS darkroom.users
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.find_user(p_name_or_id text) IS 'The user of this name or id, or DR404.';

CREATE FUNCTION darkroom.flag_field(p_request jsonb, p_field text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.flag_field(p_request jsonb, p_field text) IS 'A boolean field of a request, checked; false when absent.';

CREATE FUNCTION darkroom.forgive_tokens(p_tokens uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.forgive_tokens(p_tokens uuid[]) IS 'Ends the run of errors of tokens that just worked.';

CREATE FUNCTION darkroom.free_lost_slots() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.free_lost_slots() IS 'Frees token slots that no lease holds any more.';

CREATE FUNCTION darkroom.free_token_slots(p_provider text, p_limit integer) RETURNS integer
    LANGUAGE sql
    AS …;

COMMENT ON FUNCTION darkroom.free_token_slots(p_provider text, p_limit integer) IS 'The free slots of this provider''s active, cooled-down tokens, counted up to a limit.';

CREATE FUNCTION darkroom.function_roles() RETURNS TABLE(role text, function text)
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.function_roles() IS 'Which role may call which function; what is not listed is internal.';

CREATE FUNCTION darkroom.gallery_facets(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.gallery_facets(p_filter jsonb) IS 'What the current user''s gallery can be filtered by: {images, favourites, oldest, newest, models, aspect_ratios, categories, statuses, projects, seq}.';

CREATE FUNCTION darkroom.gallery_fields() RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.gallery_fields() IS 'The filters that gallery and history share, with their kinds.';

CREATE FUNCTION darkroom.generation_events(p_user uuid, p_kind text, p_ids uuid[], p_detail jsonb DEFAULT NULL::jsonb) RETURNS darkroom.new_event[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.generation_events(p_user uuid, p_kind text, p_ids uuid[], p_detail jsonb) IS 'An event of this kind for each of these generations of a user.';

CREATE FUNCTION darkroom.generation_object(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.generation_object(p_user uuid, p_id uuid) IS 'The object of one generation, or null.';

CREATE FUNCTION darkroom.generation_objects(p_user uuid, p_ids uuid[]) RETURNS TABLE(id uuid, object json)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.generation_objects(p_user uuid, p_ids uuid[]) IS 'The generation objects of these ids of a user, in no order.';

CREATE FUNCTION darkroom.get_batch(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_batch(p_id uuid) IS 'One batch of the current user with its items: {batch, seq}; DR404.';

CREATE FUNCTION darkroom.get_card(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_card(p_id uuid) IS 'One card of the current user: {card, seq}; DR404.';

CREATE FUNCTION darkroom.get_collection(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_collection(p_id uuid) IS 'One collection of the current user: {collection, seq}; DR404.';

CREATE FUNCTION darkroom.get_conversation(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_conversation(p_id uuid) IS 'One conversation of the current user with its turns: {conversation, seq}; DR404.';

CREATE FUNCTION darkroom.get_download(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_download(p_id uuid) IS 'A download of the current user: {name, files: [{object_key, name, bytes, created_at}], seq}; DR404.';

CREATE FUNCTION darkroom.get_generation(p_id uuid, p_include text[] DEFAULT '{}'::text[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_generation(p_id uuid, p_include text[]) IS 'One generation of the current user: {generation, seq}, in it lineage and conversations where p_include names them; DR404.';

CREATE FUNCTION darkroom.get_image_file(p_image uuid, p_size text DEFAULT 'full'::text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_image_file(p_image uuid, p_size text) IS 'Where an image of the current user is stored (full or thumb): {object_key, content_type, version, name, seq}; DR404.';

CREATE FUNCTION darkroom.get_job(p_id bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_job(p_id bigint) IS 'One job of the current user: {job, seq}; DR404.';

CREATE FUNCTION darkroom.get_lineage(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_lineage(p_id uuid) IS 'Ancestors and descendants of a generation of the current user, at most 500: {nodes, truncated, seq}; DR404.';

CREATE FUNCTION darkroom.get_link(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_link(p_id uuid) IS 'One link of the current user: {link, seq}; DR404.';

CREATE FUNCTION darkroom.get_me() RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_me() IS 'The current user, with its credits and limits: {user, seq}.';

CREATE FUNCTION darkroom.get_model(p_id text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_model(p_id text) IS 'One model: {model, seq}; DR404.';

CREATE FUNCTION darkroom.get_next_provider_token(p_provider text) RETURNS TABLE(id uuid, token text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_next_provider_token(p_provider text) IS 'The least recently used active token of a provider, marked used; no row if none is free.';

CREATE FUNCTION darkroom.get_project(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_project(p_id uuid) IS 'One project of the current user: {project, seq}; DR404.';

CREATE FUNCTION darkroom.get_queue() RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.get_queue() IS 'The current user''s queue at a glance: {active_count, unviewed_count, recent, credits, paused, seq}.';

CREATE FUNCTION darkroom.get_upload_file(p_upload uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.get_upload_file(p_upload uuid) IS 'Where an upload of the current user is stored: {object_key, content_type, version, name, seq}; DR404.';

CREATE TABLE darkroom.images (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    generation_id uuid NOT NULL,
    job_id bigint,
    slot smallint DEFAULT 0 NOT NULL,
    model text,
    prompt text NOT NULL,
    revised_prompt text,
    object_key text NOT NULL,
    thumbnail_key text,
    content_type text NOT NULL,
    width integer,
    height integer,
    bytes bigint DEFAULT 0 NOT NULL,
    sha256 bytea,
    aspect_ratio text,
    resolution text,
    seed bigint,
    duration_ms integer,
    credits integer DEFAULT 0 NOT NULL,
    edited boolean DEFAULT false NOT NULL,
    favourite boolean DEFAULT false NOT NULL,
    source_image_id uuid,
    batch_id uuid,
    collection_id uuid,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT images_object_key_shape CHECK ((object_key <> ''::text)),
    CONSTRAINT images_size CHECK (((bytes >= 0) AND ((width IS NULL) = (height IS NULL)) AND (width > 0) AND (height > 0)))
);

COMMENT ON TABLE darkroom.images IS 'One output. A completed image job has exactly one; an import has one without a job.';

COMMENT ON COLUMN darkroom.images.batch_id IS 'Copied from the generation for people who write reports, like collection_id.';

CREATE FUNCTION darkroom.given_picture(p_image darkroom.images, p_role text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.given_picture(p_image darkroom.images, p_role text) IS 'An image as a planned reference.';

CREATE FUNCTION darkroom.grant_credits(p_user uuid, p_amount bigint, p_reference text) RETURNS TABLE(id bigint, user_id uuid, amount bigint, reference text, credits bigint, created_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.grant_credits(p_user uuid, p_amount bigint, p_reference text) IS 'Adds credits (or takes them back, down to 0), once per reference; answers the entry and the balance after it.';

CREATE FUNCTION darkroom.has_ready_jobs(p_providers text[]) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.has_ready_jobs(p_providers text[]) IS 'Whether any of these providers has a ready job that could be started now.';

CREATE FUNCTION darkroom.head_seq(p_user uuid) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS …;

COMMENT ON FUNCTION darkroom.head_seq(p_user uuid) IS 'The number of a user''s last event.';

CREATE FUNCTION darkroom.heartbeat(p_worker text, p_leases jsonb) RETURNS TABLE(job_id bigint, lease_no bigint, state text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.heartbeat(p_worker text, p_leases jsonb) IS 'Extends a worker''s leases [{job_id, lease_no}]; answers those that are lost or cancelled.';

CREATE FUNCTION darkroom.id_at(p_at timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.id_at(p_at timestamp with time zone) IS 'The smallest id of a moment; null for null.';

CREATE FUNCTION darkroom.ids_field(p_request jsonb, p_field text, p_most integer) RETURNS uuid[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.ids_field(p_request jsonb, p_field text, p_most integer) IS 'A field of a request that lists ids, checked for their form; {} when absent.';

CREATE FUNCTION darkroom.image_conversations(p_image uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.image_conversations(p_image uuid) IS 'The conversations that started from an image of the current user or made it: {items with relation, next_cursor, seq}; DR404.';

CREATE FUNCTION darkroom.image_events(p_user uuid, p_kind text, p_ids uuid[]) RETURNS darkroom.new_event[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.image_events(p_user uuid, p_kind text, p_ids uuid[]) IS 'An event of this kind for each of these images of a user.';

CREATE FUNCTION darkroom.image_file(p_user uuid, p_image uuid, p_size text) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.image_file(p_user uuid, p_image uuid, p_size text) IS 'Where an image is stored (full or thumb): {object_key, content_type, version, name}; null if there is none.';

CREATE FUNCTION darkroom.image_json(p_image darkroom.images, p_model_name text) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.image_json(p_image darkroom.images, p_model_name text) IS 'The image object of a row, with the name of its model.';

CREATE FUNCTION darkroom.image_object(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.image_object(p_user uuid, p_id uuid) IS 'The object of one image, or null.';

CREATE FUNCTION darkroom.image_objects(p_user uuid, p_ids uuid[]) RETURNS TABLE(id uuid, object json)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.image_objects(p_user uuid, p_ids uuid[]) IS 'The image objects of these ids of a user, in no order.';

CREATE FUNCTION darkroom.image_url(p_image uuid, p_size text DEFAULT 'full'::text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.image_url(p_image uuid, p_size text) IS 'The path of an image''s file (full or thumb); null for no image.';

CREATE FUNCTION darkroom.import_generation(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.import_generation(p_request jsonb) IS 'Makes a finished, free generation of an upload: {generation, credits}. Request as POST /v1/generations/import.';

CREATE FUNCTION darkroom.instance_id() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.instance_id() IS 'Tells this database apart from every other one; equal on its replicas.';

CREATE FUNCTION darkroom.invalid(p_pointer text, p_message text, p_hint text DEFAULT ''::text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.invalid(p_pointer text, p_message text, p_hint text) IS 'Raises DR422 invalid-request for the field at a JSON pointer.';

CREATE FUNCTION darkroom.is_blank(p_text text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.is_blank(p_text text) IS 'Whether a text has no character that can be seen; null for null.';

CREATE TABLE darkroom.jobs (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    generation_id uuid NOT NULL,
    kind text DEFAULT 'image'::text NOT NULL,
    slot smallint,
    retry_of bigint,
    model text NOT NULL,
    provider text NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    fair_key bigint,
    credits integer DEFAULT 0 NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    status text DEFAULT 'queued'::text NOT NULL,
    attempt smallint DEFAULT 0 NOT NULL,
    max_attempts smallint DEFAULT 4 NOT NULL,
    setbacks smallint DEFAULT 0 NOT NULL,
    lease_no bigint,
    token_id uuid,
    provider_ref text,
    provider_cost numeric,
    result jsonb,
    image_id uuid,
    error_class text,
    error text,
    next_run_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT jobs_attempt_range CHECK (((attempt >= 0) AND (attempt <= max_attempts))),
    CONSTRAINT jobs_credits_range CHECK ((credits >= 0)),
    CONSTRAINT jobs_failed_shape CHECK (((status <> 'failed'::text) OR (error_class IS NOT NULL))),
    CONSTRAINT jobs_finished_shape CHECK (((status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT jobs_kind_known CHECK ((kind = ANY (ARRAY['image'::text, 'caption'::text]))),
    CONSTRAINT jobs_priority_range CHECK (((priority >= '-10'::integer) AND (priority <= 10))),
    CONSTRAINT jobs_processing_shape CHECK (((status <> 'processing'::text) OR ((lease_no IS NOT NULL) AND (started_at IS NOT NULL)))),
    CONSTRAINT jobs_result_shape CHECK (((status = 'completed'::text) = (result IS NOT NULL))),
    CONSTRAINT jobs_slot_shape CHECK ((((kind = 'image'::text) = (slot IS NOT NULL)) AND (slot >= 0))),
    CONSTRAINT jobs_status_known CHECK ((status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
)
WITH (fillfactor='30');

COMMENT ON TABLE darkroom.jobs IS 'One call to one model that makes one thing. The durable record: updated in place, never scanned to find work. A retry by the user is a new job for the same slot.';

COMMENT ON COLUMN darkroom.jobs.attempt IS 'Calls begun, the running one included; a release and a setback give theirs back.';

COMMENT ON COLUMN darkroom.jobs.setbacks IS 'Times a provider turned the call away without counting (rate limit, rejected token); 20 are the end.';

COMMENT ON COLUMN darkroom.jobs.error IS 'The provider''s own words, for operators. Users see a sentence by error_class.';

CREATE FUNCTION darkroom.is_nowhere(p_job darkroom.jobs) RETURNS boolean
    LANGUAGE sql STABLE
    AS …;

COMMENT ON FUNCTION darkroom.is_nowhere(p_job darkroom.jobs) IS 'Whether an unfinished job is in no place.';

CREATE FUNCTION darkroom.is_whole(p_value jsonb, p_least bigint, p_most bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.is_whole(p_value jsonb, p_least bigint, p_most bigint) IS 'Whether a JSON value is a whole number in a range; null for none.';

CREATE FUNCTION darkroom.job_json(p_job darkroom.jobs, p_image uuid) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.job_json(p_job darkroom.jobs, p_image uuid) IS 'The job object of a row, with the id of its image.';

CREATE FUNCTION darkroom.job_objects(p_user uuid, p_ids bigint[]) RETURNS TABLE(id bigint, object json)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.job_objects(p_user uuid, p_ids bigint[]) IS 'The job objects of these ids of a user, in no order.';

CREATE FUNCTION darkroom.json_time(p_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.json_time(p_at timestamp with time zone) IS 'A time as clients read it: RFC 3339, UTC, milliseconds; null for infinity.';

CREATE FUNCTION darkroom.judge_items(p_user uuid, p_action text, p_items jsonb) RETURNS TABLE(place bigint, kind text, id uuid, code text, problem text, message text, hint text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.judge_items(p_user uuid, p_action text, p_items jsonb) IS 'What stands against an action on each of these things of a user, if anything.';

CREATE FUNCTION darkroom.keep_token_slots() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.keep_token_slots() IS 'Trigger: keeps one slot per call that a token allows at once.';

CREATE FUNCTION darkroom.known_objects() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.known_objects() IS 'The keys of all objects that a row names, in the order of their bytes.';

CREATE FUNCTION darkroom.lapsed_sign_ins(p_users uuid[], p_keys uuid[], p_sessions bytea[]) RETURNS TABLE(place bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.lapsed_sign_ins(p_users uuid[], p_keys uuid[], p_sessions bytea[]) IS 'The places of those of these sign-ins (user, key, session) that open nothing any more.';

CREATE FUNCTION darkroom.leave_abandoned_card(p_user uuid, p_generation uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.leave_abandoned_card(p_user uuid, p_generation uuid) IS 'Gives an edit a card of its own if nothing live but edits in flight is left on the one it joined.';

CREATE FUNCTION darkroom.leave_waiting_places(p_changes darkroom.job_change[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.leave_waiting_places(p_changes darkroom.job_change[]) IS 'Takes jobs that ended while waiting out of queue, schedule and job_waits, and puts the fair clocks back.';

CREATE FUNCTION darkroom.lineage_of(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.lineage_of(p_user uuid, p_id uuid) IS 'Ancestors and descendants of a generation: {nodes, truncated}.';

CREATE FUNCTION darkroom.link_objects(p_user uuid, p_ids uuid[]) RETURNS TABLE(id uuid, object jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.link_objects(p_user uuid, p_ids uuid[]) IS 'The link objects of these ids of a user, as far as they have not expired, in no order.';

CREATE FUNCTION darkroom.list_api_keys(p_user uuid DEFAULT NULL::uuid) RETURNS TABLE(id uuid, user_id uuid, user_name text, label text, last_four text, created_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.list_api_keys(p_user uuid) IS 'The keys of one user or of all, by their last four characters.';

CREATE FUNCTION darkroom.list_batches(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_batches(p_filter jsonb) IS 'A page of the current user''s batches, newest first: {items, next_cursor, seq}. Filters: status, project_id, collection_id.';

CREATE FUNCTION darkroom.list_collections(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_collections(p_filter jsonb) IS 'A page of the current user''s collections, newest first: {items, next_cursor, seq}.';

CREATE FUNCTION darkroom.list_conversations(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_conversations(p_filter jsonb) IS 'A page of the current user''s conversations, the latest used first: {items, next_cursor, seq}. Filter: source_image_id.';

CREATE FUNCTION darkroom.list_credits(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_credits(p_filter jsonb) IS 'A page of the current user''s ledger, latest first: {items, next_cursor, seq}. Filter: reason.';

CREATE FUNCTION darkroom.list_gallery(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_gallery(p_filter jsonb) IS 'A page of what the current user has made, as posts or as images: {items, next_cursor, seq}. Filters as GET /v1/gallery.';

CREATE FUNCTION darkroom.list_generations(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_generations(p_filter jsonb) IS 'A page of the current user''s generations, newest first: {items, next_cursor, seq}. Filters: status, active, viewed, project_id, batch_id, conversation_id, card_id.';

CREATE FUNCTION darkroom.list_history(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_history(p_filter jsonb) IS 'A page of the current user''s cards by last activity: {items, next_cursor, seq}. Filters as GET /v1/gallery.';

CREATE FUNCTION darkroom.list_links(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_links(p_filter jsonb) IS 'A page of the current user''s links, newest first: {items, next_cursor, seq}. Filter: image_id.';

CREATE FUNCTION darkroom.list_models(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_models(p_filter jsonb) IS 'The models there are, all in one page: {items, next_cursor, seq}, and {object, data} as OpenAI lists them. Filters: capability, active.';

CREATE FUNCTION darkroom.list_models_for_operator() RETURNS TABLE(id text, name text, provider text, provider_model text, capability text, can_edit boolean, max_references integer, max_quantity integer, credits_per_call integer, aspect_ratios text[], resolutions text[], options jsonb, is_default boolean, average_seconds numeric, active boolean, created_at timestamp with time zone, usable_tokens bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.list_models_for_operator() IS 'The whole catalogue with the number of usable tokens of each model''s provider.';

CREATE FUNCTION darkroom.list_projects(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_projects(p_filter jsonb) IS 'A page of the current user''s projects, newest first: {items, next_cursor, seq}.';

CREATE FUNCTION darkroom.list_provider_tokens() RETURNS SETOF darkroom.provider_token_state
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.list_provider_tokens() IS 'All provider tokens and how they fare: ready, cooling, in use, off or removed. No secrets.';

CREATE FUNCTION darkroom.list_reply(p_user uuid, p_items jsonb, p_found integer, p_limit integer, p_binding text, p_last_key jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS …;

COMMENT ON FUNCTION darkroom.list_reply(p_user uuid, p_items jsonb, p_found integer, p_limit integer, p_binding text, p_last_key jsonb) IS 'A page as clients see it: items, the cursor of the next page if there is one, and the user''s event number.';

CREATE FUNCTION darkroom.list_trash(p_filter jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.list_trash(p_filter jsonb) IS 'A page of what the current user threw away: {items: [{kind, id, title, thumbnail_url, deleted_at, expires_at}], next_cursor, seq}. Filter: kind.';

CREATE FUNCTION darkroom.list_users() RETURNS TABLE(id uuid, name text, credits bigint, active_jobs integer, storage_bytes bigint, api_keys bigint, max_priority smallint, max_active_jobs integer, storage_quota bigint, operator boolean, paused_at timestamp with time zone, disabled_at timestamp with time zone, created_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.list_users() IS 'All users with their balance, limits, and what they have running.';

CREATE FUNCTION darkroom.live_generation(p_user uuid, p_id uuid) RETURNS darkroom.generations
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.live_generation(p_user uuid, p_id uuid) IS 'A generation of the user that is not in the trash, or DR404, DR409.';

CREATE FUNCTION darkroom.live_image(p_user uuid, p_id uuid) RETURNS darkroom.images
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.live_image(p_user uuid, p_id uuid) IS 'An image of the user that is not in the trash, or DR404, DR409.';

CREATE FUNCTION darkroom.lock_users(p_users uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.lock_users(p_users uuid[]) IS 'Takes the mutex of each of these users, in order, waiting for it.';

CREATE FUNCTION darkroom.lock_users_for(p_users uuid[]) RETURNS uuid[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.lock_users_for(p_users uuid[]) IS 'Locks a single user waiting, or of several those whose mutex is free; says which.';

CREATE FUNCTION darkroom.mark_viewed(p_ids uuid[] DEFAULT NULL::uuid[], p_finished_before timestamp with time zone DEFAULT NULL::timestamp with time zone, p_batch_id uuid DEFAULT NULL::uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.mark_viewed(p_ids uuid[], p_finished_before timestamp with time zone, p_batch_id uuid) IS 'Marks finished generations as viewed, by ids, by the time they finished, or by batch: {viewed, active_count, unviewed_count}.';

CREATE FUNCTION darkroom.matching_generations(p_user uuid, p_filter jsonb, p_walk boolean) RETURNS SETOF darkroom.generations
    LANGUAGE sql STABLE
    AS …;

COMMENT ON FUNCTION darkroom.matching_generations(p_user uuid, p_filter jsonb, p_walk boolean) IS 'The live generations a filter lets through; inlined into its callers.';

CREATE FUNCTION darkroom.matching_images(p_user uuid, p_filter jsonb) RETURNS SETOF darkroom.images
    LANGUAGE sql STABLE
    AS …;

COMMENT ON FUNCTION darkroom.matching_images(p_user uuid, p_filter jsonb) IS 'The images outside the trash a filter lets through; inlined into its callers.';

CREATE FUNCTION darkroom.mend_jobs() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.mend_jobs() IS 'Puts unfinished jobs that are in no place back into the queue, or fails them after their last call; answers how many.';

CREATE FUNCTION darkroom.metadata_field(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.metadata_field(p_request jsonb) IS 'The metadata of a request, checked; {} when absent.';

CREATE FUNCTION darkroom.metrics() RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.metrics() IS 'The state of the queue, the tokens and the server for /metrics: {providers, scheduled, overdue, snapshot_seconds, notification_queue, tallies}.';

CREATE FUNCTION darkroom.model_label(p_id text, p_name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.model_label(p_id text, p_name text) IS 'A model''s display name, or the last part of its id.';

CREATE FUNCTION darkroom.model_objects(p_ids text[]) RETURNS TABLE(id text, object jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.model_objects(p_ids text[]) IS 'The model objects of these ids, in no order.';

CREATE FUNCTION darkroom.model_rules() RETURNS TABLE(key text, kind text, rule text)
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.model_rules() IS 'The properties of a model that can be set, with their types and a sentence on each.';

CREATE FUNCTION darkroom.move_phases(p_changes darkroom.job_change[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.move_phases(p_changes darkroom.job_change[]) IS 'Moves generations on to captioning or generating when their jobs begin.';

CREATE FUNCTION darkroom.needs_token(p_provider text) RETURNS boolean
    LANGUAGE sql STABLE
    AS …;

COMMENT ON FUNCTION darkroom.needs_token(p_provider text) IS 'Whether calls of this provider need a token slot.';

CREATE FUNCTION darkroom.next_due_at() RETURNS timestamp with time zone
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.next_due_at() IS 'When the next scheduled job falls due, or null.';

CREATE FUNCTION darkroom.next_object_deletions(p_limit integer DEFAULT 100) RETURNS TABLE(id bigint, object_key text, attempts integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.next_object_deletions(p_limit integer) IS 'Hands out objects that may be deleted from storage now, for ten minutes: (id, object_key, attempts).';

CREATE FUNCTION darkroom.not_found(p_kind text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.not_found(p_kind text) IS 'Raises DR404 not-found for a kind of thing.';

CREATE FUNCTION darkroom.open_link(p_sha256 bytea, p_size text DEFAULT 'full'::text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.open_link(p_sha256 bytea, p_size text) IS 'Where the image of a link (by the sha256 of its token) is stored: {object_key, content_type, version, name}, or null.';

CREATE FUNCTION darkroom.open_session(p_user uuid, p_api_key uuid, p_token bytea, p_replaces bytea) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.open_session(p_user uuid, p_api_key uuid, p_token bytea, p_replaces bytea) IS 'Records a session by its token''s sha256, in place of another.';

CREATE TABLE darkroom.models (
    id text NOT NULL,
    name text NOT NULL,
    provider text NOT NULL,
    provider_model text NOT NULL,
    capability text DEFAULT 'image'::text NOT NULL,
    can_edit boolean DEFAULT false NOT NULL,
    max_references integer DEFAULT 0 NOT NULL,
    max_quantity integer DEFAULT 8 NOT NULL,
    credits_per_call integer DEFAULT 1 NOT NULL,
    aspect_ratios text[] DEFAULT '{1:1}'::text[] NOT NULL,
    resolutions text[] DEFAULT '{1K}'::text[] NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    average_seconds numeric DEFAULT 10 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT models_average_seconds_range CHECK ((average_seconds > (0)::numeric)),
    CONSTRAINT models_capability_known CHECK ((capability = ANY (ARRAY['image'::text, 'text'::text]))),
    CONSTRAINT models_credits_per_call_range CHECK (((credits_per_call >= 0) AND (credits_per_call <= 1000000))),
    CONSTRAINT models_id_shape CHECK ((id ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$'::text)),
    CONSTRAINT models_max_quantity_range CHECK (((max_quantity >= 1) AND (max_quantity <= 8))),
    CONSTRAINT models_max_references_range CHECK (((max_references >= 0) AND (max_references <= 64))),
    CONSTRAINT models_name_shape CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT models_options_object CHECK ((jsonb_typeof(options) = 'object'::text)),
    CONSTRAINT models_provider_shape CHECK ((provider ~ '^[a-z][a-z0-9_-]{0,49}$'::text))
);

COMMENT ON TABLE darkroom.models IS 'The catalogue. A model is deactivated, never deleted: jobs and images name it without a foreign key, since a hot parent row costs a quarter of the throughput.';

COMMENT ON COLUMN darkroom.models.options IS 'The further options a request may set, by name, each a JSON schema.';

CREATE FUNCTION darkroom.openai_model(p_model darkroom.models) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.openai_model(p_model darkroom.models) IS 'A model as OpenAI''s API has it: {id, object, created, owned_by}.';

CREATE FUNCTION darkroom.option_problem(p_schema jsonb, p_value jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.option_problem(p_schema jsonb, p_value jsonb) IS 'What is wrong with an option''s value by its schema, or null.';

CREATE FUNCTION darkroom.own_seq() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.own_seq() IS 'The number of the current user''s last event, as of this moment of the transaction.';

CREATE FUNCTION darkroom.pause_queue() RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.pause_queue() IS 'Holds the current user''s waiting jobs until resume_queue; answers as get_queue.';

CREATE FUNCTION darkroom.pending_models(p_models text[]) RETURNS json
    LANGUAGE plpgsql IMMUTABLE STRICT
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.pending_models(p_models text[]) IS 'These models, each once, in the order in which they first come.';

CREATE FUNCTION darkroom.plan_batch_items(p_user uuid, p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.plan_batch_items(p_user uuid, p_request jsonb) IS 'The items of a batch request, checked: {name, collection_id, collection_name, items}.';

CREATE FUNCTION darkroom.plan_choice(p_request jsonb, p_field text, p_models jsonb, p_inherited text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.plan_choice(p_request jsonb, p_field text, p_models jsonb, p_inherited text) IS 'The aspect ratio or resolution of a request, supported by its models.';

CREATE FUNCTION darkroom.plan_models(p_models jsonb, p_references integer, p_edit boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.plan_models(p_models jsonb, p_references integer, p_edit boolean) IS 'The models of a request, checked: [{id, provider, provider_model, credits}].';

CREATE FUNCTION darkroom.plan_references(p_user uuid, p_references jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.plan_references(p_user uuid, p_references jsonb) IS 'The pictures of a request, checked to be the user''s own and present.';

CREATE FUNCTION darkroom.plan_request(p_user uuid, p_request jsonb, p_given jsonb DEFAULT '[]'::jsonb, p_default_models jsonb DEFAULT NULL::jsonb, p_edit boolean DEFAULT false, p_inherited jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.plan_request(p_user uuid, p_request jsonb, p_given jsonb, p_default_models jsonb, p_edit boolean, p_inherited jsonb) IS 'Checks a request and answers the plan that enqueue carries out.';

CREATE FUNCTION darkroom.project_event(p_user uuid, p_id uuid, p_change text) RETURNS darkroom.new_event
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.project_event(p_user uuid, p_id uuid, p_change text) IS 'The event of a project that was created, updated or deleted.';

CREATE FUNCTION darkroom.project_fields(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.project_fields(p_request jsonb) IS 'The fields of a project that a request names, checked.';

CREATE FUNCTION darkroom.project_object(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.project_object(p_user uuid, p_id uuid) IS 'The object of one project, or null.';

CREATE FUNCTION darkroom.project_objects(p_user uuid, p_ids uuid[]) RETURNS TABLE(id uuid, object jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.project_objects(p_user uuid, p_ids uuid[]) IS 'The project objects of these ids of a user, in no order.';

CREATE FUNCTION darkroom.promote_due() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.promote_due() IS 'Moves due jobs from schedule into the queue; answers how many.';

CREATE FUNCTION darkroom.providers_in_turn(p_providers text[]) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.providers_in_turn(p_providers text[]) IS 'These providers, or all that ever had a job, rotated at random.';

CREATE FUNCTION darkroom.providers_with_tokens(p_providers text[]) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.providers_with_tokens(p_providers text[]) IS 'Those of these providers that have tokens on record, usable or not.';

CREATE FUNCTION darkroom.purge(p_kind text, p_id uuid, p_with_posts boolean DEFAULT false) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.purge(p_kind text, p_id uuid, p_with_posts boolean) IS 'Deletes what is in the trash for good, images, references and jobs included: {kind, id}. The ledger stays.';

CREATE FUNCTION darkroom.purge_conversations(p_user uuid, p_ids uuid[], p_with_posts boolean) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.purge_conversations(p_user uuid, p_ids uuid[], p_with_posts boolean) IS 'Deletes those of these conversations of a locked user that are in the trash for good; answers how many.';

CREATE FUNCTION darkroom.purge_expired_trash(p_limit integer DEFAULT 500) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.purge_expired_trash(p_limit integer) IS 'Deletes for good what has been in the trash for over 30 days, without waiting for anybody; answers how much.';

CREATE FUNCTION darkroom.purge_generations(p_user uuid, p_ids uuid[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.purge_generations(p_user uuid, p_ids uuid[]) IS 'Deletes those of these generations of a locked user that are in the trash for good; answers how many.';

CREATE FUNCTION darkroom.purge_images(p_user uuid, p_ids uuid[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.purge_images(p_user uuid, p_ids uuid[]) IS 'Deletes those of these images of a locked user that are in the trash for good; answers how many.';

CREATE FUNCTION darkroom.purge_trash(p_user uuid, p_before timestamp with time zone, p_limit integer) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.purge_trash(p_user uuid, p_before timestamp with time zone, p_limit integer) IS 'Deletes for good what a locked user threw away before a moment: {generations, conversations, images}.';

CREATE FUNCTION darkroom.queue_places(p_user uuid, p_generations uuid[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.queue_places(p_user uuid, p_generations uuid[]) IS 'For queued generations with a ready job {id: {queue_position, eta_seconds}}: the jobs before it, at most 1,000, and their time.';

CREATE FUNCTION darkroom.quiet_conversation(p_user uuid, p_id uuid) RETURNS darkroom.conversations
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.quiet_conversation(p_user uuid, p_id uuid) IS 'A conversation that can take another turn, or DR404, DR409.';

CREATE FUNCTION darkroom.read_events(p_after bigint DEFAULT NULL::bigint, p_limit integer DEFAULT 100, p_epoch text DEFAULT NULL::text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.read_events(p_after bigint, p_limit integer, p_epoch text) IS 'The current user''s events after a number: {items, seq, epoch, next_after, has_more, totals}; DR410 when they are gone.';

CREATE FUNCTION darkroom.read_items(p jsonb) RETURNS darkroom.job_item[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.read_items(p jsonb) IS 'The list of jobs of a worker''s call, as rows, or DR422.';

CREATE FUNCTION darkroom.read_page(p_user uuid, p_list text, p_filter jsonb, p_fields jsonb) RETURNS TABLE(filter jsonb, page_limit integer, after jsonb, binding text)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS …;

COMMENT ON FUNCTION darkroom.read_page(p_user uuid, p_list text, p_filter jsonb, p_fields jsonb) IS 'Checks a list''s filter, limit and cursor: the clean filter, the page size, the sort key to go on after, and what new cursors are bound to.';

CREATE FUNCTION darkroom.read_range(p_filter jsonb) RETURNS TABLE(starts_at timestamp with time zone, ends_at timestamp with time zone, first_id uuid, last_id uuid)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.read_range(p_filter jsonb) IS 'The range of times a filter''s from and to mean, and a range of ids that surely holds it.';

CREATE FUNCTION darkroom.read_time(p_request jsonb, p_field text) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS …;

COMMENT ON FUNCTION darkroom.read_time(p_request jsonb, p_field text) IS 'A time field of a request, checked; UTC unless it says otherwise; null when absent.';

CREATE FUNCTION darkroom.reading_user() RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS …;

COMMENT ON FUNCTION darkroom.reading_user() IS 'The user of the connection, or DR401.';

CREATE FUNCTION darkroom.references_again(p_user uuid, p_generation uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.references_again(p_user uuid, p_generation uuid) IS 'The references of a generation, all still there, or DR409 source-gone.';

CREATE FUNCTION darkroom.refund_jobs(p_changes darkroom.job_change[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.refund_jobs(p_changes darkroom.job_change[]) IS 'Refunds the jobs among these that failed or were cancelled unstarted.';

CREATE FUNCTION darkroom.refuse(p_code text, p_kind text, p_message text, p_hint text DEFAULT ''::text, p_pointer text DEFAULT ''::text, p_detail text DEFAULT ''::text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.refuse(p_code text, p_kind text, p_message text, p_hint text, p_pointer text, p_detail text) IS 'Raises a refusal: SQLSTATE, kind, sentence, what to do, JSON pointer, facts; and the caller''s event number.';

CREATE FUNCTION darkroom.regenerate_batch(p_id uuid, p_changes jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.regenerate_batch(p_id uuid, p_changes jsonb) IS 'Makes a batch again as a new batch: {batch, credits}. Changes: seed, models.';

CREATE FUNCTION darkroom.regenerate_generation(p_id uuid, p_changes jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.regenerate_generation(p_id uuid, p_changes jsonb) IS 'Makes a generation''s request again as a new generation: {generation, credits}. Changes: seed, prompt, models.';

CREATE FUNCTION darkroom.release_jobs(p_leases jsonb) RETURNS TABLE(job_id bigint, lease_no bigint, answer text, user_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.release_jobs(p_leases jsonb) IS 'Hands leases back: [{job_id, lease_no}]; the jobs are queued again, the attempt not counted.';

CREATE FUNCTION darkroom.remember(p_user uuid, p_scope text, p_request jsonb, p_response jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.remember(p_user uuid, p_scope text, p_request jsonb, p_response jsonb) IS 'Keeps a response, with the event number of its moment, for replays of its idempotency key, and answers it.';

CREATE FUNCTION darkroom.remove_provider_token(p_token uuid) RETURNS SETOF darkroom.provider_token_state
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.remove_provider_token(p_token uuid) IS 'Wipes a provider token''s secret for good and keeps its row.';

CREATE FUNCTION darkroom.renew_watches(p_users uuid[]) RETURNS TABLE(user_id uuid, seq bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.renew_watches(p_users uuid[]) IS 'Renews the watch of those of these users whose mutex is free; answers them with their last event''s number.';

CREATE FUNCTION darkroom.replace_provider_secret(p_token uuid, p_was text, p_secret_encrypted text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.replace_provider_secret(p_token uuid, p_was text, p_secret_encrypted text) IS 'Replaces a token''s encrypted secret, if it is still the one that was read.';

CREATE FUNCTION darkroom.replay(p_user uuid, p_scope text, p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.replay(p_user uuid, p_scope text, p_request jsonb) IS 'The stored response to this request''s idempotency key, or null.';

CREATE FUNCTION darkroom.request_again(p_generation darkroom.generations, p_changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.request_again(p_generation darkroom.generations, p_changes jsonb) IS 'The request of a generation, as changed, to be made again.';

CREATE FUNCTION darkroom.rescue_expired_leases() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.rescue_expired_leases() IS 'Takes jobs back from workers whose leases ended; answers how many.';

CREATE FUNCTION darkroom.restore(p_kind text, p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.restore(p_kind text, p_id uuid) IS 'Takes a generation, image or conversation out of the trash: {kind, id}, and the object under the name of its kind.';

CREATE FUNCTION darkroom.restore_conversations(p_user uuid, p_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.restore_conversations(p_user uuid, p_ids uuid[]) IS 'Takes these conversations of a locked user out of the trash, with the turns that went in with them.';

CREATE FUNCTION darkroom.restore_generations(p_user uuid, p_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.restore_generations(p_user uuid, p_ids uuid[]) IS 'Takes those of these generations of a locked user that are in the trash out of it.';

CREATE FUNCTION darkroom.restore_images(p_user uuid, p_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.restore_images(p_user uuid, p_ids uuid[]) IS 'Takes those of these images of a locked user that are in the trash out of it.';

CREATE FUNCTION darkroom.result_problem(p_kind text, p_result jsonb, p_width jsonb, p_height jsonb, p_bytes jsonb, p_duration_ms jsonb, p_seed jsonb, p_sha256 text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.result_problem(p_kind text, p_result jsonb, p_width jsonb, p_height jsonb, p_bytes jsonb, p_duration_ms jsonb, p_seed jsonb, p_sha256 text) IS 'What is wrong with a job''s result, or null.';

CREATE FUNCTION darkroom.resume_queue() RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.resume_queue() IS 'Lets the current user''s held jobs go on; answers as get_queue.';

CREATE FUNCTION darkroom.retry_batch(p_id uuid, p_request jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.retry_batch(p_id uuid, p_request jsonb) IS 'Tries the failed and cancelled slots of a batch again, charged anew: {batch, credits}.';

CREATE FUNCTION darkroom.retry_generation(p_id uuid, p_request jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.retry_generation(p_id uuid, p_request jsonb) IS 'Tries the failed and cancelled slots of a generation again, charged anew: {generation, credits}.';

CREATE FUNCTION darkroom.retry_slots(p_user uuid, p_generations uuid[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.retry_slots(p_user uuid, p_generations uuid[]) IS 'Tries the failed and cancelled slots of these generations of a locked user again; answers how many.';

CREATE FUNCTION darkroom.return_unused_slots(p_slots darkroom.token_slots[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.return_unused_slots(p_slots darkroom.token_slots[]) IS 'Frees the slots taken for jobs that were not started after all.';

CREATE FUNCTION darkroom.revoke_api_key(p_key uuid) RETURNS TABLE(id uuid, user_id uuid, label text, last_four text, revoked_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.revoke_api_key(p_key uuid) IS 'Revokes a key; its sessions and sockets end with it.';

CREATE FUNCTION darkroom.ring_cancelled(p_workers text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.ring_cancelled(p_workers text[]) IS 'Rings darkroom_cancels, once per worker with a revoked lease.';

CREATE FUNCTION darkroom.ring_progress(p_jobs jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.ring_progress(p_jobs jsonb) IS 'Rings darkroom_progress for the watched users of these running calls [{job_id, lease_no, state, fraction}].';

CREATE FUNCTION darkroom.ring_revocations(p_what text, p_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.ring_revocations(p_what text, p_id uuid) IS 'Rings darkroom_revocations with key:<id> or user:<id>.';

CREATE FUNCTION darkroom.ring_users(p_users uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.ring_users(p_users uuid[]) IS 'Rings darkroom_events for those of these users who are being watched.';

CREATE FUNCTION darkroom.ring_workers(p_providers text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.ring_workers(p_providers text[]) IS 'Rings darkroom_jobs if a worker sleeps on one of these providers.';

CREATE FUNCTION darkroom.run_at_field(p_request jsonb) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.run_at_field(p_request jsonb) IS 'The start time of a request, checked; null for now.';

CREATE FUNCTION darkroom.save_completed_generation_to_history() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'on'
    SET enable_mergejoin TO 'on'
    SET enable_memoize TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.save_completed_generation_to_history() IS 'Trigger: writes what follows from jobs changing status: images, counters of generations, cards and batches, refunds, released jobs.';

CREATE FUNCTION darkroom.search_edge(p_user uuid, p_images boolean, p_newest boolean, p_first uuid, p_above uuid, p_below uuid) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.search_edge(p_user uuid, p_images boolean, p_newest boolean, p_first uuid, p_above uuid, p_below uuid) IS 'The id at which a search''s first walk ends, 2,000 rows on; null when it reaches the end.';

CREATE FUNCTION darkroom.search_pattern(p_word text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.search_pattern(p_word text) IS 'The pattern by which a word of a script without spaces is found; null for other words.';

CREATE FUNCTION darkroom.search_patterns(p_words text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.search_patterns(p_words text) IS 'LIKE patterns for the words of scripts without spaces; null for none.';

CREATE FUNCTION darkroom.search_query(p_words text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.search_query(p_words text) IS 'A full-text query of words as typed, the last one by its beginning; null for none.';

CREATE FUNCTION darkroom.session_end(p_created_at timestamp with time zone, p_used_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.session_end(p_created_at timestamp with time zone, p_used_at timestamp with time zone) IS 'When a session ends that was begun and last used then.';

CREATE FUNCTION darkroom.set_model(p_id text, p_changes jsonb) RETURNS darkroom.models
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.set_model(p_id text, p_changes jsonb) IS 'Adds a model to the catalogue or changes the properties named: {name, provider, provider_model, credits_per_call, default, active, …}.';

CREATE FUNCTION darkroom.set_provider_ref(p_job bigint, p_lease_no bigint, p_ref text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.set_provider_ref(p_job bigint, p_lease_no bigint, p_ref text) IS 'Stores the provider''s reference of a running call; false if the lease is lost.';

CREATE FUNCTION darkroom.set_provider_token_active(p_token uuid, p_active boolean) RETURNS SETOF darkroom.provider_token_state
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.set_provider_token_active(p_token uuid, p_active boolean) IS 'Switches a provider token on (its errors forgiven) or off.';

CREATE FUNCTION darkroom.set_user_limits(p_user uuid, p_limits jsonb) RETURNS darkroom.users
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.set_user_limits(p_user uuid, p_limits jsonb) IS 'Changes a user''s {max_priority, max_active_jobs, storage_quota, operator}; what is not named stays.';

CREATE FUNCTION darkroom.settle_failures(p_locked uuid[], p_failures darkroom.job_item[], p_expired_only boolean) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.settle_failures(p_locked uuid[], p_failures darkroom.job_item[], p_expired_only boolean) IS 'Ends or repeats the calls that failed, by class of failure; answers which jobs it settled.';

CREATE FUNCTION darkroom.shown_image(p_generation darkroom.generations) RETURNS darkroom.images
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.shown_image(p_generation darkroom.generations) IS 'The selected, else the first live image of a generation.';

CREATE FUNCTION darkroom.sign_in(p_key bytea DEFAULT NULL::bytea, p_session bytea DEFAULT NULL::bytea, p_issuer text DEFAULT NULL::text, p_subject text DEFAULT NULL::text) RETURNS TABLE(user_id uuid, api_key_id uuid, operator boolean)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.sign_in(p_key bytea, p_session bytea, p_issuer text, p_subject text) IS 'Who shows a key, a session or a verified subject, and makes that user the transaction''s; DR401 for nobody.';

CREATE FUNCTION darkroom.sleep_until(p_providers text[], p_until timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.sleep_until(p_providers text[], p_until timestamp with time zone) IS 'Says that a worker for these providers sleeps and wants the bell.';

CREATE FUNCTION darkroom.source_events(p_user uuid, p_images uuid[]) RETURNS darkroom.new_event[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.source_events(p_user uuid, p_images uuid[]) IS 'conversation.updated for each conversation that started from one of these images of a user.';

CREATE FUNCTION darkroom.start_conversation(p_request jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.start_conversation(p_request jsonb) IS 'Starts a conversation about an image with its first turn: {conversation, generation, credits}. Request as POST /v1/conversations.';

CREATE FUNCTION darkroom.take_token_slots(p_found darkroom.ready_job[], p_locked uuid[], p_with_tokens text[]) RETURNS darkroom.token_slots[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.take_token_slots(p_found darkroom.ready_job[], p_locked uuid[], p_with_tokens text[]) IS 'Takes a token slot for each job that needs one and can have one.';

CREATE FUNCTION darkroom.tally_jobs(p_tallies jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.tally_jobs(p_tallies jsonb) IS 'Adds a worker''s [{provider, kind, outcome, jobs, seconds, buckets}] to the tallies.';

CREATE FUNCTION darkroom.template_fields(p_request jsonb, p_known uuid[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.template_fields(p_request jsonb, p_known uuid[]) IS 'The templates of a collection request, checked.';

CREATE FUNCTION darkroom.text_field(p_request jsonb, p_field text, p_longest integer, p_required boolean DEFAULT false) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.text_field(p_request jsonb, p_field text, p_longest integer, p_required boolean) IS 'A string field of a request, checked; null when absent or blank.';

CREATE FUNCTION darkroom.trash(p_kind text, p_id uuid, p_with_posts boolean DEFAULT false) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.trash(p_kind text, p_id uuid, p_with_posts boolean) IS 'Puts a generation, image, conversation or card into the trash, cancelling what is unfinished: {kind, id}.';

CREATE FUNCTION darkroom.trash_age() RETURNS interval
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.trash_age() IS 'How long things stay in the trash (setting darkroom.trash_days, 30 days).';

CREATE FUNCTION darkroom.trash_conversations(p_user uuid, p_ids uuid[], p_with_posts boolean, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.trash_conversations(p_user uuid, p_ids uuid[], p_with_posts boolean, p_at timestamp with time zone) IS 'Puts these conversations of a locked user into the trash, with their turns if so wished.';

CREATE FUNCTION darkroom.trash_generations(p_user uuid, p_ids uuid[], p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.trash_generations(p_user uuid, p_ids uuid[], p_at timestamp with time zone) IS 'Puts those of these generations of a locked user that are live into the trash, cancelling what is unfinished.';

CREATE FUNCTION darkroom.trash_images(p_user uuid, p_ids uuid[], p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.trash_images(p_user uuid, p_ids uuid[], p_at timestamp with time zone) IS 'Puts those of these images of a locked user that are live into the trash.';

CREATE FUNCTION darkroom.truncate_event_slot() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '100ms'
    AS …;

COMMENT ON FUNCTION darkroom.truncate_event_slot() IS 'Empties tomorrow''s slot of the event ring, which holds the day before the last seven; false if there was nothing to do or somebody was reading.';

CREATE FUNCTION darkroom.try_lock_users(p_users uuid[]) RETURNS uuid[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.try_lock_users(p_users uuid[]) IS 'Takes the mutexes that are free, without waiting, and says which.';

CREATE FUNCTION darkroom.turn_pictures(p_conversation darkroom.conversations) RETURNS darkroom.images[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.turn_pictures(p_conversation darkroom.conversations) IS 'The images that the next turn of a conversation works from.';

CREATE FUNCTION darkroom.update_batch(p_id uuid, p_changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.update_batch(p_id uuid, p_changes jsonb) IS 'Changes the name of a batch: {batch}.';

CREATE FUNCTION darkroom.update_collection(p_id uuid, p_changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.update_collection(p_id uuid, p_changes jsonb) IS 'Changes name, templates (ids stay) or metadata of a collection: {collection}.';

CREATE FUNCTION darkroom.update_conversation(p_id uuid, p_changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.update_conversation(p_id uuid, p_changes jsonb) IS 'Changes the title of a conversation: {conversation}.';

CREATE FUNCTION darkroom.update_generation(p_id uuid, p_changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.update_generation(p_id uuid, p_changes jsonb) IS 'Changes name, caption, selected_image_id or project_id of a generation: {generation}.';

CREATE FUNCTION darkroom.update_image(p_id uuid, p_changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.update_image(p_id uuid, p_changes jsonb) IS 'Changes favourite of an image: {image}.';

CREATE FUNCTION darkroom.update_project(p_id uuid, p_changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.update_project(p_id uuid, p_changes jsonb) IS 'Changes a project whose version the caller knows: {project}; DR409 version-conflict otherwise.';

CREATE FUNCTION darkroom.upload_object(p_user uuid, p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.upload_object(p_user uuid, p_id uuid) IS 'The object of one upload, or null.';

CREATE FUNCTION darkroom.upload_objects(p_user uuid, p_ids uuid[]) RETURNS TABLE(id uuid, object jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.upload_objects(p_user uuid, p_ids uuid[]) IS 'The upload objects of these ids of a user, in no order.';

CREATE FUNCTION darkroom.upload_reply(p_user uuid, p_id uuid, p_created boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.upload_reply(p_user uuid, p_id uuid, p_created boolean) IS 'The reply to an upload: {upload, object_key, created}.';

CREATE FUNCTION darkroom.upload_url(p_upload uuid) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS …;

COMMENT ON FUNCTION darkroom.upload_url(p_upload uuid) IS 'The path of an upload''s file; null for no upload.';

CREATE FUNCTION darkroom.use_captions(p_changes darkroom.job_change[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.use_captions(p_changes darkroom.job_change[]) IS 'Hands finished captions to their generations and releases the images that waited.';

CREATE FUNCTION darkroom.use_event_ticket(p_sha256 bytea) RETURNS TABLE(user_id uuid, api_key_id uuid, session_sha256 bytea, sign_in_ends_at timestamp with time zone)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.use_event_ticket(p_sha256 bytea) IS 'The user, key, session and end of the sign-in that a ticket (by its sha256) was made with, once; no row if it opens nothing.';

CREATE FUNCTION darkroom.use_sign_in_link(p_link bytea, p_token bytea, p_replaces bytea DEFAULT NULL::bytea) RETURNS TABLE(user_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.use_sign_in_link(p_link bytea, p_token bytea, p_replaces bytea) IS 'Signs a browser in with a link, once; DR401 if it opens nothing.';

CREATE FUNCTION darkroom.user_for_key(p_sha256 bytea) RETURNS TABLE(user_id uuid, api_key_id uuid, operator boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.user_for_key(p_sha256 bytea) IS 'The user a key (by its sha256) belongs to, and notes its use; no row if it opens nothing.';

CREATE FUNCTION darkroom.user_for_session(p_sha256 bytea) RETURNS TABLE(user_id uuid, api_key_id uuid, operator boolean)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.user_for_session(p_sha256 bytea) IS 'The user a session (by its token''s sha256) belongs to, and puts off its end; no row if it opens nothing.';

CREATE FUNCTION darkroom.user_for_subject(p_issuer text, p_subject text) RETURNS TABLE(user_id uuid, operator boolean)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.user_for_subject(p_issuer text, p_subject text) IS 'The user of a verified issuer and subject, made on first sight; no row if it is disabled.';

CREATE FUNCTION darkroom.user_to_change(p_user uuid) RETURNS darkroom.users
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.user_to_change(p_user uuid) IS 'Takes a user''s mutex and answers the user, or DR404.';

CREATE FUNCTION darkroom.uuid_field(p_request jsonb, p_field text) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.uuid_field(p_request jsonb, p_field text) IS 'An id field of a request, checked for its form; null when absent.';

CREATE FUNCTION darkroom.view_generations(p_user uuid, p_ids uuid[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS …;

COMMENT ON FUNCTION darkroom.view_generations(p_user uuid, p_ids uuid[]) IS 'Marks the finished ones among these generations of a locked user as viewed; answers how many that changed.';

CREATE FUNCTION darkroom.watch_user(p_user uuid) RETURNS TABLE(seq bigint, epoch text, totals jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.watch_user(p_user uuid) IS 'Marks a user as watched for 60 seconds and answers its head; to be committed before the backlog is read.';

CREATE FUNCTION darkroom.whole_field(p_request jsonb, p_field text, p_least bigint, p_most bigint) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.whole_field(p_request jsonb, p_field text, p_least bigint, p_most bigint) IS 'A whole number field of a request, checked; null when absent.';

CREATE FUNCTION darkroom.write_templates(p_user uuid, p_collection uuid, p_templates jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS …;

COMMENT ON FUNCTION darkroom.write_templates(p_user uuid, p_collection uuid, p_templates jsonb) IS 'Makes these the templates of a collection of a locked user, keeping ids.';

CREATE TABLE darkroom.api_keys (
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    user_id uuid NOT NULL,
    key_sha256 bytea NOT NULL,
    last_four text NOT NULL,
    label text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_label_shape CHECK ((length(label) <= 100)),
    CONSTRAINT api_keys_last_four_shape CHECK ((length(last_four) = 4)),
    CONSTRAINT api_keys_sha256_shape CHECK ((octet_length(key_sha256) = 32))
);

COMMENT ON TABLE darkroom.api_keys IS 'Keys of users, as sha256: the key itself is shown once and kept nowhere.';

CREATE TABLE darkroom.batches (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    name text NOT NULL,
    collection_id uuid,
    collection_name text,
    project_id uuid,
    source_batch_id uuid,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    total integer DEFAULT 0 NOT NULL,
    completed integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    cancelled integer DEFAULT 0 NOT NULL,
    credits_used bigint DEFAULT 0 NOT NULL,
    status text GENERATED ALWAYS AS (
CASE
    WHEN (((completed + failed) + cancelled) < total) THEN 'active'::text
    WHEN (completed > 0) THEN 'completed'::text
    WHEN (failed > 0) THEN 'failed'::text
    ELSE 'cancelled'::text
END) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT batches_counters CHECK (((total >= 0) AND (completed >= 0) AND (failed >= 0) AND (cancelled >= 0) AND (((completed + failed) + cancelled) <= total))),
    CONSTRAINT batches_name_shape CHECK (((length(name) >= 1) AND (length(name) <= 200)))
)
WITH (fillfactor='70');

COMMENT ON TABLE darkroom.batches IS 'One batch operation. Counters are in slots; names are snapshots of the day it was made.';

CREATE TABLE darkroom.collections (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    name text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT collections_name_shape CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

COMMENT ON TABLE darkroom.collections IS 'A named set of prompt templates for batches.';

CREATE TABLE darkroom.credit_entries (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    amount bigint NOT NULL,
    reason text NOT NULL,
    reference text,
    generation_id uuid,
    job_id bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT credit_entries_grant_shape CHECK ((((reason = 'grant'::text) = (job_id IS NULL)) AND ((reason = 'grant'::text) = (generation_id IS NULL)))),
    CONSTRAINT credit_entries_reason_known CHECK ((reason = ANY (ARRAY['grant'::text, 'charge'::text, 'refund'::text]))),
    CONSTRAINT credit_entries_reference_shape CHECK ((((reference IS NOT NULL) = (reason = 'grant'::text)) AND ((length(reference) >= 1) AND (length(reference) <= 200)))),
    CONSTRAINT credit_entries_sign CHECK (
CASE reason
    WHEN 'charge'::text THEN (amount < 0)
    WHEN 'refund'::text THEN (amount > 0)
    ELSE (amount <> 0)
END)
);

COMMENT ON TABLE darkroom.credit_entries IS 'The ledger, append-only: per user it sums to users.credits at every moment. One charge and at most one refund per job, one grant per reference.';

ALTER TABLE darkroom.credit_entries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME darkroom.credit_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE darkroom.cursor_secret (
    only_row boolean DEFAULT true NOT NULL,
    secret uuid DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT cursor_secret_only_row CHECK (only_row)
);

COMMENT ON TABLE darkroom.cursor_secret IS 'The one secret that the cursors of lists are sealed with. No role reads it but the owner.';

CREATE TABLE darkroom.downloads (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    name text NOT NULL,
    image_ids uuid[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE darkroom.downloads IS 'Images that a user is about to fetch in one file, in its order. Those that are purged meanwhile are not in it.';

CREATE TABLE darkroom.event_heads (
    user_id uuid NOT NULL,
    seq bigint DEFAULT 0 NOT NULL,
    last_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    active_count integer DEFAULT 0 NOT NULL,
    unviewed_count integer DEFAULT 0 NOT NULL,
    active_jobs integer DEFAULT 0 NOT NULL,
    storage_bytes bigint DEFAULT 0 NOT NULL,
    watched_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT event_heads_counters CHECK (((seq >= 0) AND (active_count >= 0) AND (unviewed_count >= 0) AND (active_jobs >= 0) AND (storage_bytes >= 0)))
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0', fillfactor='10');

COMMENT ON TABLE darkroom.event_heads IS 'One row per user: the last event''s number, the totals, and the user''s mutex. Locked to the commit, so events become visible in order and without a gap.';

CREATE TABLE darkroom.event_tickets (
    token_sha256 bytea NOT NULL,
    user_id uuid NOT NULL,
    api_key_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    session_sha256 bytea,
    sign_in_ends_at timestamp with time zone,
    CONSTRAINT event_tickets_session_sha256_shape CHECK ((octet_length(session_sha256) = 32)),
    CONSTRAINT event_tickets_sha256_shape CHECK ((octet_length(token_sha256) = 32))
);

COMMENT ON TABLE darkroom.event_tickets IS 'Tickets that open one event stream each, for pages that can send neither key nor cookie. Using one deletes it.';

COMMENT ON COLUMN darkroom.event_tickets.session_sha256 IS 'The browser''s session it was asked for with, if it was one.';

COMMENT ON COLUMN darkroom.event_tickets.sign_in_ends_at IS 'When the sign-in it was asked for with ends by itself, as a product''s own token does.';

CREATE TABLE darkroom.events (
    user_id uuid NOT NULL,
    seq bigint NOT NULL,
    slot smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
)
PARTITION BY LIST (slot);

COMMENT ON TABLE darkroom.events IS 'What happened to a user''s things: 1, 2, 3 … per user. A ring of nine days; the slot is the day number modulo 9, and retention truncates a slot before its day comes round.';

CREATE TABLE darkroom.events_0 (
    user_id uuid CONSTRAINT events_user_id_not_null NOT NULL,
    seq bigint CONSTRAINT events_seq_not_null NOT NULL,
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT events_at_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
);

COMMENT ON TABLE darkroom.events_0 IS 'Events of the days whose number is 0 modulo 9.';

CREATE TABLE darkroom.events_1 (
    user_id uuid CONSTRAINT events_user_id_not_null NOT NULL,
    seq bigint CONSTRAINT events_seq_not_null NOT NULL,
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT events_at_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
);

COMMENT ON TABLE darkroom.events_1 IS 'Events of the days whose number is 1 modulo 9.';

CREATE TABLE darkroom.events_2 (
    user_id uuid CONSTRAINT events_user_id_not_null NOT NULL,
    seq bigint CONSTRAINT events_seq_not_null NOT NULL,
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT events_at_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
);

COMMENT ON TABLE darkroom.events_2 IS 'Events of the days whose number is 2 modulo 9.';

CREATE TABLE darkroom.events_3 (
    user_id uuid CONSTRAINT events_user_id_not_null NOT NULL,
    seq bigint CONSTRAINT events_seq_not_null NOT NULL,
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT events_at_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
);

COMMENT ON TABLE darkroom.events_3 IS 'Events of the days whose number is 3 modulo 9.';

CREATE TABLE darkroom.events_4 (
    user_id uuid CONSTRAINT events_user_id_not_null NOT NULL,
    seq bigint CONSTRAINT events_seq_not_null NOT NULL,
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT events_at_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
);

COMMENT ON TABLE darkroom.events_4 IS 'Events of the days whose number is 4 modulo 9.';

CREATE TABLE darkroom.events_5 (
    user_id uuid CONSTRAINT events_user_id_not_null NOT NULL,
    seq bigint CONSTRAINT events_seq_not_null NOT NULL,
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT events_at_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
);

COMMENT ON TABLE darkroom.events_5 IS 'Events of the days whose number is 5 modulo 9.';

CREATE TABLE darkroom.events_6 (
    user_id uuid CONSTRAINT events_user_id_not_null NOT NULL,
    seq bigint CONSTRAINT events_seq_not_null NOT NULL,
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT events_at_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
);

COMMENT ON TABLE darkroom.events_6 IS 'Events of the days whose number is 6 modulo 9.';

CREATE TABLE darkroom.events_7 (
    user_id uuid CONSTRAINT events_user_id_not_null NOT NULL,
    seq bigint CONSTRAINT events_seq_not_null NOT NULL,
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT events_at_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
);

COMMENT ON TABLE darkroom.events_7 IS 'Events of the days whose number is 7 modulo 9.';

CREATE TABLE darkroom.events_8 (
    user_id uuid CONSTRAINT events_user_id_not_null NOT NULL,
    seq bigint CONSTRAINT events_seq_not_null NOT NULL,
    slot smallint CONSTRAINT events_slot_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT events_at_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL,
    generation_id uuid,
    card_id uuid,
    job_id bigint,
    image_id uuid,
    batch_id uuid,
    conversation_id uuid,
    project_id uuid,
    collection_id uuid,
    detail jsonb
);

COMMENT ON TABLE darkroom.events_8 IS 'Events of the days whose number is 8 modulo 9.';

CREATE TABLE darkroom.fair_clocks (
    user_id uuid NOT NULL,
    provider text NOT NULL,
    priority smallint NOT NULL,
    clock bigint NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

COMMENT ON TABLE darkroom.fair_clocks IS 'The past of the fair queue: the last key a user was given, per provider and priority.';

CREATE TABLE darkroom.generation_references (
    user_id uuid NOT NULL,
    generation_id uuid NOT NULL,
    "position" smallint NOT NULL,
    role text NOT NULL,
    upload_id uuid,
    image_id uuid,
    object_key text NOT NULL,
    content_type text NOT NULL,
    CONSTRAINT generation_references_one_source CHECK (((upload_id IS NULL) OR (image_id IS NULL))),
    CONSTRAINT generation_references_role_known CHECK ((role = ANY (ARRAY['source'::text, 'previous_turn'::text, 'manual'::text, 'mask'::text])))
);

COMMENT ON TABLE darkroom.generation_references IS 'The pictures a generation was given, with the object key as of enqueue: purging a source never breaks an edit in flight.';

CREATE TABLE darkroom.history_cards (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    project_id uuid,
    title text NOT NULL,
    generation_count integer DEFAULT 0 NOT NULL,
    active_count integer DEFAULT 0 NOT NULL,
    image_count integer DEFAULT 0 NOT NULL,
    credits_used bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_activity_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT history_cards_counters CHECK (((generation_count >= 0) AND ((active_count >= 0) AND (active_count <= generation_count)) AND (image_count >= 0) AND (credits_used >= 0)))
)
WITH (fillfactor='60');

COMMENT ON TABLE darkroom.history_cards IS 'The cluster: a result, its edits and the turns made from it, as the one card that a user sees in history. Counters cover what is live, that is, not in the trash.';

COMMENT ON COLUMN darkroom.history_cards.last_activity_at IS 'When the user last asked for something here. Images that arrive do not move it: no indexed column changes then.';

CREATE TABLE darkroom.idempotency_keys (
    user_id uuid NOT NULL,
    scope text NOT NULL,
    key text NOT NULL,
    request_sha256 bytea NOT NULL,
    response jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_key_shape CHECK (((length(key) >= 1) AND (length(key) <= 255)))
);

COMMENT ON TABLE darkroom.idempotency_keys IS 'What a creating call answered, stored in the transaction of its effect and replayed for 24 hours.';

CREATE TABLE darkroom.job_tallies (
    provider text NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    jobs bigint NOT NULL,
    seconds double precision NOT NULL,
    buckets bigint[] NOT NULL,
    CONSTRAINT job_tallies_counters CHECK (((jobs >= 0) AND (seconds >= (0)::double precision)))
)
WITH (fillfactor='50');

COMMENT ON TABLE darkroom.job_tallies IS 'Calls that workers made since the beginning, and how long they took. Workers add to it every few seconds, so a killed one takes its last seconds with it.';

COMMENT ON COLUMN darkroom.job_tallies.buckets IS 'How many took at most so long; darkroom/tallies.py has the bounds.';

CREATE TABLE darkroom.job_waits (
    job_id bigint NOT NULL,
    waits_for bigint NOT NULL,
    user_id uuid NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

COMMENT ON TABLE darkroom.job_waits IS 'Jobs that wait for another job: the images of a post for its caption.';

ALTER TABLE darkroom.jobs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME darkroom.jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE darkroom.lease_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

COMMENT ON SEQUENCE darkroom.lease_numbers IS 'Fencing numbers: every claim of any job gets a higher one.';

CREATE TABLE darkroom.leases (
    job_id bigint NOT NULL,
    lease_no bigint NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    worker text NOT NULL,
    provider text NOT NULL,
    token_id uuid,
    slot smallint,
    duration interval NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT leases_duration_range CHECK ((duration > '00:00:00'::interval)),
    CONSTRAINT leases_token_shape CHECK (((token_id IS NULL) = (slot IS NULL)))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

COMMENT ON TABLE darkroom.leases IS 'The running jobs. lease_no fences: whoever cannot delete this row with its own number has lost the job. A revoked lease belongs to a cancelled job and holds only the token slot.';

CREATE TABLE darkroom.links (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    image_id uuid NOT NULL,
    token_sha256 bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT links_sha256_shape CHECK ((octet_length(token_sha256) = 32))
);

COMMENT ON TABLE darkroom.links IS 'Links by which anybody may see an image: sha256 of a random token. They go with the image.';

CREATE TABLE darkroom.queue (
    provider text NOT NULL,
    rank smallint NOT NULL,
    fair_key bigint NOT NULL,
    job_id bigint NOT NULL,
    user_id uuid NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

COMMENT ON TABLE darkroom.queue IS 'The ready jobs and nothing else, in the order of claiming; rank is minus the priority. Claiming deletes from here.';

CREATE TABLE darkroom.schedule (
    run_at timestamp with time zone NOT NULL,
    job_id bigint NOT NULL,
    user_id uuid NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

COMMENT ON TABLE darkroom.schedule IS 'Jobs that wait for a time: a retry''s backoff, run_at, or infinity while their user''s queue is paused.';

CREATE VIEW darkroom.misplaced_jobs AS
 WITH places AS (
         SELECT p.job_id,
            count(*) FILTER (WHERE (p.place = 'queue'::text)) AS in_queue,
            count(*) FILTER (WHERE (p.place = 'schedule'::text)) AS in_schedule,
            count(*) FILTER (WHERE (p.place = 'job_waits'::text)) AS in_job_waits,
            count(*) FILTER (WHERE (p.place = 'lease'::text)) AS leased,
            count(*) FILTER (WHERE (p.place = 'revoked'::text)) AS revoked,
            max(p.lease_no) AS lease_no,
            (min((p.user_id)::text))::uuid AS user_id
           FROM ( SELECT q.job_id,
                    q.user_id,
                    'queue'::text AS place,
                    NULL::bigint AS lease_no
                   FROM darkroom.queue q
                UNION ALL
                 SELECT s_1.job_id,
                    s_1.user_id,
                    'schedule'::text,
                    NULL::bigint
                   FROM darkroom.schedule s_1
                UNION ALL
                 SELECT w.job_id,
                    w.user_id,
                    'job_waits'::text,
                    NULL::bigint
                   FROM darkroom.job_waits w
                UNION ALL
                 SELECT l.job_id,
                    l.user_id,
                        CASE
                            WHEN (l.revoked_at IS NULL) THEN 'lease'::text
                            ELSE 'revoked'::text
                        END AS "case",
                    l.lease_no
                   FROM darkroom.leases l) p
          GROUP BY p.job_id
        ), seen AS (
         SELECT COALESCE(j.id, p.job_id) AS job_id,
            j.user_id,
            j.status,
            COALESCE(p.in_queue, (0)::bigint) AS in_queue,
            COALESCE(p.in_schedule, (0)::bigint) AS in_schedule,
            COALESCE(p.in_job_waits, (0)::bigint) AS in_job_waits,
            COALESCE(p.leased, (0)::bigint) AS leased,
            COALESCE(p.revoked, (0)::bigint) AS revoked,
                CASE
                    WHEN ((j.id IS NULL) AND ((((p.in_queue + p.in_schedule) + p.in_job_waits) + p.leased) > 0)) THEN 'no such job'::text
                    WHEN (p.user_id <> j.user_id) THEN 'filed under another user'::text
                    WHEN ((j.status = 'queued'::text) AND (COALESCE(((p.in_queue + p.in_schedule) + p.in_job_waits), (0)::bigint) <> 1)) THEN 'queued, not in one place'::text
                    WHEN ((j.status = 'queued'::text) AND ((p.leased + p.revoked) > 0)) THEN 'queued, and leased'::text
                    WHEN ((j.status = 'processing'::text) AND ((COALESCE(p.leased, (0)::bigint) <> 1) OR (p.lease_no <> j.lease_no))) THEN 'processing without its lease'::text
                    WHEN ((j.status = 'processing'::text) AND ((((p.in_queue + p.in_schedule) + p.in_job_waits) + p.revoked) > 0)) THEN 'processing, and waiting'::text
                    WHEN ((j.status = ANY (ARRAY['completed'::text, 'failed'::text])) AND (p.job_id IS NOT NULL)) THEN 'finished, and still somewhere'::text
                    WHEN ((j.status = 'cancelled'::text) AND ((((p.in_queue + p.in_schedule) + p.in_job_waits) + p.leased) > 0)) THEN 'cancelled, and still somewhere'::text
                    ELSE NULL::text
                END AS problem
           FROM (( SELECT j_1.id,
                    j_1.user_id,
                    j_1.generation_id,
                    j_1.kind,
                    j_1.slot,
                    j_1.retry_of,
                    j_1.model,
                    j_1.provider,
                    j_1.priority,
                    j_1.fair_key,
                    j_1.credits,
                    j_1.payload,
                    j_1.status,
                    j_1.attempt,
                    j_1.max_attempts,
                    j_1.setbacks,
                    j_1.lease_no,
                    j_1.token_id,
                    j_1.provider_ref,
                    j_1.provider_cost,
                    j_1.result,
                    j_1.image_id,
                    j_1.error_class,
                    j_1.error,
                    j_1.next_run_at,
                    j_1.created_at,
                    j_1.started_at,
                    j_1.finished_at
                   FROM darkroom.jobs j_1) j
             FULL JOIN places p ON ((p.job_id = j.id)))
        )
 SELECT job_id,
    user_id,
    status,
    in_queue,
    in_schedule,
    in_job_waits,
    leased,
    revoked,
    problem
   FROM seen s
  WHERE (problem IS NOT NULL);

COMMENT ON VIEW darkroom.misplaced_jobs IS 'Jobs that are not in exactly the place their status says. Empty at every moment.';

CREATE TABLE darkroom.object_deletions (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    object_key text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    not_before timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE darkroom.object_deletions IS 'Objects to delete from storage, worked off by maintenance once no unfinished job refers to them.';

ALTER TABLE darkroom.object_deletions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME darkroom.object_deletions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE darkroom.projects (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    name text NOT NULL,
    document jsonb DEFAULT '{}'::jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT projects_document_size CHECK ((octet_length((document)::text) <= 1048576)),
    CONSTRAINT projects_name_shape CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

COMMENT ON TABLE darkroom.projects IS 'A workspace of a user, with an opaque document and its version for a client''s canvas. Clients can filter events by it.';

CREATE TABLE darkroom.provider_clocks (
    provider text NOT NULL,
    priority smallint NOT NULL,
    clock bigint DEFAULT 0 NOT NULL,
    idle_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

COMMENT ON TABLE darkroom.provider_clocks IS 'The present of the fair queue: the highest key ever claimed; it never falls. idle_until: some worker sleeps till then and wants the bell.';

CREATE TABLE darkroom.schema_code (
    singleton boolean DEFAULT true NOT NULL,
    bundle_hash text NOT NULL,
    loaded_at timestamp with time zone DEFAULT now() NOT NULL,
    objects text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT schema_code_one_row CHECK (singleton)
);

COMMENT ON TABLE darkroom.schema_code IS 'Which bundle of sql/ this database runs. Processes compare it with their own and refuse to start on a mismatch.';

COMMENT ON COLUMN darkroom.schema_code.objects IS 'The functions, views and triggers that the files of the bundle defined. What the next bundle does not define any more is dropped; nothing else ever is.';

CREATE VIEW darkroom.sequence_gaps AS
 SELECT h.user_id,
    h.seq AS head,
    e.first_seq,
    e.last_seq,
    e.events
   FROM (darkroom.event_heads h
     LEFT JOIN ( SELECT o.user_id,
            min(o.seq) AS first_seq,
            max(o.seq) AS last_seq,
            count(*) AS events,
            bool_or((o.at < o.before)) AS back_in_time
           FROM ( SELECT e_1.user_id,
                    e_1.seq,
                    e_1.at,
                    lag(e_1.at) OVER (PARTITION BY e_1.user_id ORDER BY e_1.seq) AS before
                   FROM darkroom.events e_1) o
          GROUP BY o.user_id) e ON ((e.user_id = h.user_id)))
  WHERE (((e.user_id IS NOT NULL) AND ((e.last_seq <> h.seq) OR (e.events <> ((e.last_seq - e.first_seq) + 1)) OR e.back_in_time)) OR ((e.user_id IS NULL) AND (h.seq > 0) AND (h.last_at > (darkroom.clock() - '7 days'::interval))));

COMMENT ON VIEW darkroom.sequence_gaps IS 'Users whose event numbers have a hole, a double or an end that is not the head. Empty at every moment.';

CREATE TABLE darkroom.sessions (
    token_sha256 bytea NOT NULL,
    user_id uuid NOT NULL,
    api_key_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT sessions_sha256_shape CHECK ((octet_length(token_sha256) = 32))
);

COMMENT ON TABLE darkroom.sessions IS 'Sign-ins of browsers: sha256 of a random token. They end with the key they were opened with.';

CREATE TABLE darkroom.sign_in_links (
    token_sha256 bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_links_sha256_shape CHECK ((octet_length(token_sha256) = 32))
);

COMMENT ON TABLE darkroom.sign_in_links IS 'Links that sign a browser in, once: sha256 of a random token. Using one deletes it.';

CREATE TABLE darkroom.subjects (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT subjects_issuer_shape CHECK (((length(issuer) >= 1) AND (length(issuer) <= 500))),
    CONSTRAINT subjects_subject_shape CHECK (((length(subject) >= 1) AND (length(subject) <= 255)))
);

COMMENT ON TABLE darkroom.subjects IS 'Users that somebody else signs in: who a token''s issuer and subject are here.';

CREATE TABLE darkroom.templates (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    collection_id uuid NOT NULL,
    "position" integer NOT NULL,
    name text NOT NULL,
    prompt text NOT NULL,
    CONSTRAINT templates_name_shape CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT templates_prompt_shape CHECK ((((length(prompt) >= 1) AND (length(prompt) <= 32000)) AND (btrim(prompt) <> ''::text)))
);

COMMENT ON TABLE darkroom.templates IS 'One prompt of a collection. Its id stays when it is renamed or rewritten.';

CREATE TABLE darkroom.uploads (
    user_id uuid NOT NULL,
    id uuid DEFAULT darkroom.uuid7() NOT NULL,
    object_key text NOT NULL,
    content_type text NOT NULL,
    bytes bigint NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    thumbnail_key text,
    CONSTRAINT uploads_content_type_known CHECK ((content_type = ANY (ARRAY['image/png'::text, 'image/jpeg'::text, 'image/webp'::text]))),
    CONSTRAINT uploads_sha256_shape CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT uploads_size CHECK (((bytes > 0) AND (width > 0) AND (height > 0)))
);

COMMENT ON TABLE darkroom.uploads IS 'A reference image that a user uploaded; the same bytes are kept once.';

COMMENT ON COLUMN darkroom.uploads.thumbnail_key IS 'A small WebP of it, which an import shows as well. Null where none could be made.';

CREATE VIEW darkroom.wrong_counts AS
 WITH slots AS (
         SELECT DISTINCT ON (j.user_id, j.generation_id, j.slot) j.user_id,
            j.generation_id,
            j.status
           FROM darkroom.jobs j
          WHERE (j.kind = 'image'::text)
          ORDER BY j.user_id, j.generation_id, j.slot, j.id DESC
        ), generations AS (
         SELECT s.user_id,
            s.generation_id,
            count(*) AS total,
            count(*) FILTER (WHERE (s.status = 'completed'::text)) AS completed,
            count(*) FILTER (WHERE (s.status = 'failed'::text)) AS failed,
            count(*) FILTER (WHERE (s.status = 'cancelled'::text)) AS cancelled
           FROM slots s
          GROUP BY s.user_id, s.generation_id
        ), images AS (
         SELECT i.user_id,
            i.generation_id,
            count(*) FILTER (WHERE (i.deleted_at IS NULL)) AS live
           FROM darkroom.images i
          GROUP BY i.user_id, i.generation_id
        ), cards AS (
         SELECT g.user_id,
            g.card_id,
            count(*) AS generation_count,
            count(*) FILTER (WHERE (g.finished_at IS NULL)) AS active_count,
            COALESCE(sum(i.live), (0)::numeric) AS image_count,
            COALESCE(sum(g.credits_used), (0)::numeric) AS credits_used
           FROM (darkroom.generations g
             LEFT JOIN images i ON (((i.user_id = g.user_id) AND (i.generation_id = g.id))))
          WHERE (g.deleted_at IS NULL)
          GROUP BY g.user_id, g.card_id
        ), batches AS (
         SELECT g.user_id,
            g.batch_id,
            sum(g.total) AS total,
            sum(g.completed) AS completed,
            sum(g.failed) AS failed,
            sum(g.cancelled) AS cancelled,
            sum(g.credits_used) AS credits_used
           FROM darkroom.generations g
          WHERE (g.batch_id IS NOT NULL)
          GROUP BY g.user_id, g.batch_id
        ), heads AS (
         SELECT h.user_id,
            ( SELECT count(*) AS count
                   FROM darkroom.generations g
                  WHERE ((g.user_id = h.user_id) AND (g.finished_at IS NULL))) AS active_count,
            ( SELECT count(*) AS count
                   FROM darkroom.generations g
                  WHERE ((g.user_id = h.user_id) AND (g.finished_at IS NOT NULL) AND g.attention)) AS unviewed_count,
            ( SELECT count(*) AS count
                   FROM darkroom.jobs j
                  WHERE ((j.user_id = h.user_id) AND (j.finished_at IS NULL))) AS active_jobs,
            COALESCE(( SELECT sum(i.bytes) AS sum
                   FROM darkroom.images i
                  WHERE (i.user_id = h.user_id)), (0)::numeric) AS storage_bytes
           FROM darkroom.event_heads h
        )
 SELECT 'generation'::text AS what,
    g.user_id,
    (g.id)::text AS id,
    jsonb_build_array(g.total, g.completed, g.failed, g.cancelled) AS stored,
    jsonb_build_array(c.total, c.completed, c.failed, c.cancelled) AS expected
   FROM (darkroom.generations g
     LEFT JOIN generations c ON (((c.user_id = g.user_id) AND (c.generation_id = g.id))))
  WHERE ((g.category <> 'import'::text) AND ((((g.total IS DISTINCT FROM c.total) OR (g.completed IS DISTINCT FROM c.completed)) OR (g.failed IS DISTINCT FROM c.failed)) OR (g.cancelled IS DISTINCT FROM c.cancelled)))
UNION ALL
 SELECT 'card'::text AS what,
    k.user_id,
    (k.id)::text AS id,
    jsonb_build_array(k.generation_count, k.active_count, k.image_count, k.credits_used) AS stored,
    jsonb_build_array(COALESCE(c.generation_count, (0)::bigint), COALESCE(c.active_count, (0)::bigint), COALESCE(c.image_count, (0)::numeric), COALESCE(c.credits_used, (0)::numeric)) AS expected
   FROM (darkroom.history_cards k
     LEFT JOIN cards c ON (((c.user_id = k.user_id) AND (c.card_id = k.id))))
  WHERE ((((k.generation_count IS DISTINCT FROM COALESCE(c.generation_count, (0)::bigint)) OR (k.active_count IS DISTINCT FROM COALESCE(c.active_count, (0)::bigint))) OR ((k.image_count)::numeric IS DISTINCT FROM COALESCE(c.image_count, (0)::numeric))) OR ((k.credits_used)::numeric IS DISTINCT FROM COALESCE(c.credits_used, (0)::numeric)))
UNION ALL
 SELECT 'batch'::text AS what,
    b.user_id,
    (b.id)::text AS id,
    jsonb_build_array(b.completed, b.failed, b.cancelled, b.credits_used) AS stored,
    jsonb_build_array(c.completed, c.failed, c.cancelled, c.credits_used) AS expected
   FROM (darkroom.batches b
     JOIN batches c ON (((c.user_id = b.user_id) AND (c.batch_id = b.id) AND (c.total = b.total))))
  WHERE ((((b.completed IS DISTINCT FROM c.completed) OR (b.failed IS DISTINCT FROM c.failed)) OR (b.cancelled IS DISTINCT FROM c.cancelled)) OR ((b.credits_used)::numeric IS DISTINCT FROM c.credits_used))
UNION ALL
 SELECT 'head'::text AS what,
    h.user_id,
    (h.user_id)::text AS id,
    jsonb_build_array(h.active_count, h.unviewed_count, h.active_jobs, h.storage_bytes) AS stored,
    jsonb_build_array(c.active_count, c.unviewed_count, c.active_jobs, c.storage_bytes) AS expected
   FROM (darkroom.event_heads h
     JOIN heads c ON ((c.user_id = h.user_id)))
  WHERE ((((h.active_count IS DISTINCT FROM c.active_count) OR (h.unviewed_count IS DISTINCT FROM c.unviewed_count)) OR (h.active_jobs IS DISTINCT FROM c.active_jobs)) OR ((h.storage_bytes)::numeric IS DISTINCT FROM c.storage_bytes))
UNION ALL
 SELECT 'image without a completed job'::text AS what,
    i.user_id,
    (i.id)::text AS id,
    to_jsonb(i.job_id) AS stored,
    to_jsonb(j.status) AS expected
   FROM (darkroom.images i
     LEFT JOIN darkroom.jobs j ON (((j.id = i.job_id) AND (j.user_id = i.user_id) AND (j.generation_id = i.generation_id))))
  WHERE ((i.job_id IS NOT NULL) AND (j.status IS DISTINCT FROM 'completed'::text))
UNION ALL
 SELECT 'completed job without its image'::text AS what,
    j.user_id,
    (j.id)::text AS id,
    to_jsonb(j.status) AS stored,
    NULL::jsonb AS expected
   FROM darkroom.jobs j
  WHERE ((j.status = 'completed'::text) AND (j.kind = 'image'::text) AND (NOT (j.result ? 'purged'::text)) AND (NOT (EXISTS ( SELECT
           FROM darkroom.images i
          WHERE ((i.user_id = j.user_id) AND (i.generation_id = j.generation_id) AND (i.job_id = j.id))))));

COMMENT ON VIEW darkroom.wrong_counts IS 'Counters that differ from what the rows say. Empty at every moment.';

CREATE VIEW darkroom.wrong_money AS
 SELECT 'balance'::text AS what,
    u.id AS user_id,
    (u.id)::text AS id,
    u.credits AS stored,
    COALESCE(e.amount, (0)::numeric) AS expected
   FROM (darkroom.users u
     LEFT JOIN ( SELECT e_1.user_id,
            sum(e_1.amount) AS amount
           FROM darkroom.credit_entries e_1
          GROUP BY e_1.user_id) e ON ((e.user_id = u.id)))
  WHERE ((u.credits)::numeric <> COALESCE(e.amount, (0)::numeric))
UNION ALL
 SELECT m.what,
    m.user_id,
    (m.id)::text AS id,
    m.stored,
    m.expected
   FROM ( SELECT g.user_id,
            g.id,
            w.what,
                CASE w.what
                    WHEN 'generation used'::text THEN g.credits_used
                    ELSE g.credits_held
                END AS stored,
            COALESCE(
                CASE w.what
                    WHEN 'generation used'::text THEN j.used
                    ELSE j.held
                END, (0)::numeric) AS expected
           FROM ((darkroom.generations g
             LEFT JOIN ( SELECT j_1.user_id,
                    j_1.generation_id,
                    (- sum(e.amount) FILTER (WHERE (j_1.finished_at IS NOT NULL))) AS used,
                    (- sum(e.amount) FILTER (WHERE (j_1.finished_at IS NULL))) AS held
                   FROM (darkroom.jobs j_1
                     JOIN darkroom.credit_entries e ON (((e.user_id = j_1.user_id) AND (e.job_id = j_1.id))))
                  GROUP BY j_1.user_id, j_1.generation_id) j ON (((j.user_id = g.user_id) AND (j.generation_id = g.id))))
             CROSS JOIN ( VALUES ('generation used'::text), ('generation held'::text)) w(what))) m
  WHERE ((m.stored)::numeric <> m.expected);

COMMENT ON VIEW darkroom.wrong_money IS 'Balances and credits of generations that differ from the ledger. Empty at every moment.';

CREATE VIEW report.batch_items AS
 SELECT b.id AS batch_id,
    b.user_id,
    g.template_id,
    g.template_name,
    g.id AS generation_id,
    j.slot,
    j.status,
    (i.id IS NOT NULL) AS saved,
    i.id AS image_id,
    darkroom.image_url(i.id) AS image_url,
    g.prompt,
    j.model,
    j.error_class,
    darkroom.error_sentence(j.error_class) AS error,
    j.id AS job_id,
    j.credits,
    j.created_at,
    j.finished_at
   FROM (((darkroom.batches b
     JOIN darkroom.generations g ON (((g.user_id = b.user_id) AND (g.batch_id = b.id))))
     CROSS JOIN LATERAL ( SELECT DISTINCT ON (s.slot) s.id,
            s.slot,
            s.status,
            s.model,
            s.error_class,
            s.credits,
            s.created_at,
            s.finished_at
           FROM darkroom.jobs s
          WHERE ((s.user_id = g.user_id) AND (s.generation_id = g.id) AND (s.kind = 'image'::text))
          ORDER BY s.slot, s.id DESC) j)
     LEFT JOIN darkroom.images i ON (((i.user_id = g.user_id) AND (i.generation_id = g.id) AND (i.job_id = j.id))));

COMMENT ON VIEW report.batch_items IS 'Each slot of each batch as its latest job left it: made, failed and why, or still waiting.';

COMMENT ON COLUMN report.batch_items.template_name IS 'As of the day of the batch.';

COMMENT ON COLUMN report.batch_items.slot IS 'Which of the images of this item, from 0.';

COMMENT ON COLUMN report.batch_items.status IS 'Of the slot''s latest job: queued, processing, completed, failed or cancelled.';

COMMENT ON COLUMN report.batch_items.saved IS 'Whether the image is there; false again once it is purged.';

COMMENT ON COLUMN report.batch_items.error_class IS 'Why it failed, or why the call is being repeated.';

COMMENT ON COLUMN report.batch_items.error IS 'The sentence that its user reads.';

CREATE VIEW report.batches AS
 SELECT b.id,
    b.user_id,
    u.name AS user_name,
    b.name,
    b.status,
    b.total,
    b.completed,
    b.failed,
    b.cancelled,
    (((b.total - b.completed) - b.failed) - b.cancelled) AS pending,
    b.credits_used,
    b.collection_id,
    b.collection_name,
    b.project_id,
    b.source_batch_id,
    b.settings,
    b.metadata,
    b.created_at,
    b.finished_at,
    EXTRACT(epoch FROM (b.finished_at - b.created_at)) AS seconds
   FROM (darkroom.batches b
     LEFT JOIN darkroom.users u ON ((u.id = b.user_id)));

COMMENT ON VIEW report.batches IS 'Every batch operation, its settings and its counters, which are in slots: images asked for.';

COMMENT ON COLUMN report.batches.status IS 'active until every slot has an end; then completed (at least one image), failed, or cancelled.';

COMMENT ON COLUMN report.batches.pending IS 'Slots without an end so far.';

COMMENT ON COLUMN report.batches.credits_used IS 'Charged and not refunded, of calls that have ended.';

COMMENT ON COLUMN report.batches.collection_name IS 'As of the day of the batch.';

COMMENT ON COLUMN report.batches.source_batch_id IS 'The batch this one was regenerated from.';

COMMENT ON COLUMN report.batches.seconds IS 'From the request to the end of the last slot.';

CREATE VIEW report.credits AS
 SELECT c.id,
    c.user_id,
    u.name AS user_name,
    c.amount,
    c.reason,
    c.reference,
    c.generation_id,
    c.job_id,
    j.model,
    c.created_at
   FROM ((darkroom.credit_entries c
     LEFT JOIN darkroom.users u ON ((u.id = c.user_id)))
     LEFT JOIN darkroom.jobs j ON ((j.id = c.job_id)));

COMMENT ON VIEW report.credits IS 'The ledger of credits: grants and refunds add, charges take. It outlives what was paid for.';

COMMENT ON COLUMN report.credits.amount IS 'Negative for a charge.';

COMMENT ON COLUMN report.credits.reference IS 'What a grant was made for, such as the id of a payment; each counts once.';

COMMENT ON COLUMN report.credits.model IS 'Of the job that was paid for; null for grants, and once the job is purged.';

CREATE VIEW report.daily_usage AS
 SELECT d.day,
    d.user_id,
    u.name AS user_name,
    d.model,
    d.provider,
    d.jobs,
    d.completed,
    d.failed,
    d.cancelled,
    d.images,
    d.credits,
    d.provider_cost,
    d.average_seconds
   FROM (( SELECT ((j.finished_at AT TIME ZONE 'UTC'::text))::date AS day,
            j.user_id,
            j.model,
            j.provider,
            count(*) AS jobs,
            count(*) FILTER (WHERE (j.status = 'completed'::text)) AS completed,
            count(*) FILTER (WHERE (j.status = 'failed'::text)) AS failed,
            count(*) FILTER (WHERE (j.status = 'cancelled'::text)) AS cancelled,
            count(*) FILTER (WHERE ((j.status = 'completed'::text) AND (j.kind = 'image'::text))) AS images,
            COALESCE(sum(j.credits) FILTER (WHERE (r.id IS NULL)), (0)::bigint) AS credits,
            sum(j.provider_cost) AS provider_cost,
            avg(EXTRACT(epoch FROM (j.finished_at - j.started_at))) FILTER (WHERE (j.status = 'completed'::text)) AS average_seconds
           FROM (darkroom.jobs j
             LEFT JOIN darkroom.credit_entries r ON (((r.job_id = j.id) AND (r.reason = 'refund'::text))))
          WHERE (j.finished_at IS NOT NULL)
          GROUP BY (((j.finished_at AT TIME ZONE 'UTC'::text))::date), j.user_id, j.model, j.provider) d
     LEFT JOIN darkroom.users u ON ((u.id = d.user_id)));

COMMENT ON VIEW report.daily_usage IS 'Finished calls per day (UTC), user and model: how many, how they ended, what they cost.';

COMMENT ON COLUMN report.daily_usage.day IS 'The day on which the calls ended, in UTC.';

COMMENT ON COLUMN report.daily_usage.images IS 'Images made; captions are calls as well but no images.';

COMMENT ON COLUMN report.daily_usage.credits IS 'Charged and not refunded.';

COMMENT ON COLUMN report.daily_usage.provider_cost IS 'What the providers say these calls cost; null if none said.';

COMMENT ON COLUMN report.daily_usage.average_seconds IS 'Of the completed ones, from the start of the attempt that succeeded.';

CREATE VIEW report.images AS
 SELECT i.id,
    i.user_id,
    COALESCE(((b.collection_name || ' - '::text) || g.template_name), g.name, "left"(btrim(g.prompt), 60)) AS name,
    i.prompt,
    darkroom.image_url(i.id) AS url,
    darkroom.image_url(i.id, 'thumb'::text) AS thumbnail_url,
    ( SELECT COALESCE(darkroom.upload_url(r.upload_id), darkroom.image_url(r.image_id)) AS "coalesce"
           FROM darkroom.generation_references r
          WHERE ((r.user_id = i.user_id) AND (r.generation_id = i.generation_id) AND (r.role <> 'mask'::text))
          ORDER BY r."position"
         LIMIT 1) AS reference_url,
    i.collection_id,
    i.batch_id,
    i.model,
    i.created_at,
    i.generation_id,
    i.job_id,
    i.slot,
    g.category,
    g.caption,
    g.card_id,
    g.project_id,
    g.conversation_id,
    g.template_id,
    i.source_image_id,
    i.edited,
    i.favourite,
    i.content_type,
    i.width,
    i.height,
    i.aspect_ratio,
    i.resolution,
    i.bytes,
    i.seed,
    i.duration_ms,
    i.credits,
    i.deleted_at
   FROM ((darkroom.images i
     LEFT JOIN darkroom.generations g ON (((g.user_id = i.user_id) AND (g.id = i.generation_id))))
     LEFT JOIN darkroom.batches b ON (((b.user_id = g.user_id) AND (b.id = g.batch_id))));

COMMENT ON VIEW report.images IS 'Every image, those in the trash included (deleted_at); what was purged is gone.';

COMMENT ON COLUMN report.images.name IS '"{collection} - {template}" as of the day of the batch; else the post''s name, or the first words of its prompt.';

COMMENT ON COLUMN report.images.prompt IS 'The words the image was made from: in a batch, the template''s prompt.';

COMMENT ON COLUMN report.images.url IS 'Path of the image at the API, to be put behind its public address; only its owner may fetch it.';

COMMENT ON COLUMN report.images.thumbnail_url IS 'Path of the thumbnail; the API answers with the image itself where there is none.';

COMMENT ON COLUMN report.images.reference_url IS 'Path of the base picture the image was made from; null if there was none, or it was purged.';

COMMENT ON COLUMN report.images.collection_id IS 'The collection of the batch; it may have been deleted since.';

COMMENT ON COLUMN report.images.batch_id IS 'The batch it was made in, null otherwise.';

COMMENT ON COLUMN report.images.model IS 'The model''s id; null for an imported picture.';

COMMENT ON COLUMN report.images.duration_ms IS 'How long the call to the model took.';

COMMENT ON COLUMN report.images.credits IS 'What the image cost its user.';

COMMENT ON COLUMN report.images.deleted_at IS 'When it went to the trash, null otherwise.';

CREATE VIEW report.jobs AS
 SELECT j.id,
    j.user_id,
    u.name AS user_name,
    j.generation_id,
    g.batch_id,
    j.kind,
    j.slot,
    j.retry_of,
    j.model,
    j.provider,
    j.priority,
    j.status,
    j.attempt,
    j.max_attempts,
    j.setbacks,
    j.error_class,
    darkroom.error_sentence(j.error_class) AS error,
    j.credits,
    j.provider_cost,
    j.image_id,
    j.token_id,
    NULLIF(j.next_run_at, 'infinity'::timestamp with time zone) AS next_run_at,
    j.created_at,
    j.started_at,
    j.finished_at,
    EXTRACT(epoch FROM (j.started_at - j.created_at)) AS waited_seconds,
    EXTRACT(epoch FROM (j.finished_at - j.started_at)) AS seconds
   FROM ((darkroom.jobs j
     LEFT JOIN darkroom.users u ON ((u.id = j.user_id)))
     LEFT JOIN darkroom.generations g ON (((g.user_id = j.user_id) AND (g.id = j.generation_id))));

COMMENT ON VIEW report.jobs IS 'Every call to a model: for whom, how it went, how long it took, what it cost.';

COMMENT ON COLUMN report.jobs.retry_of IS 'The failed or cancelled job that this one repeats, for the same slot.';

COMMENT ON COLUMN report.jobs.attempt IS 'Calls begun.';

COMMENT ON COLUMN report.jobs.setbacks IS 'Times the provider turned the call away without counting it: rate limit, rejected token.';

COMMENT ON COLUMN report.jobs.error_class IS 'Of the last failed attempt; a job that is waiting to be repeated has one as well.';

COMMENT ON COLUMN report.jobs.error IS 'The sentence that its user reads.';

COMMENT ON COLUMN report.jobs.credits IS 'What was charged for it; report.credits says whether it came back.';

COMMENT ON COLUMN report.jobs.provider_cost IS 'What the provider says the call cost, in the provider''s currency; null if it does not say.';

COMMENT ON COLUMN report.jobs.token_id IS 'The provider token last used; see report.provider_tokens.';

COMMENT ON COLUMN report.jobs.waited_seconds IS 'From the request to the start of the last attempt.';

COMMENT ON COLUMN report.jobs.seconds IS 'From the start of the last attempt to the end.';

CREATE VIEW report.models AS
 SELECT id,
    name,
    provider,
    provider_model,
    capability,
    can_edit,
    max_references,
    max_quantity,
    credits_per_call,
    aspect_ratios,
    resolutions,
    is_default,
    average_seconds,
    active,
    created_at
   FROM darkroom.models m;

COMMENT ON VIEW report.models IS 'What can be called, and at which price today. Models are deactivated, never deleted.';

COMMENT ON COLUMN report.models.id IS 'As users know it; images.model and jobs.model hold it.';

COMMENT ON COLUMN report.models.provider_model IS 'The name under which the provider knows it.';

COMMENT ON COLUMN report.models.capability IS 'image or text.';

COMMENT ON COLUMN report.models.credits_per_call IS 'Today''s price; what a job was charged stands with the job.';

CREATE VIEW report.provider_tokens AS
 SELECT id,
    provider,
    label,
    state,
    max_in_flight,
    in_flight,
    requests,
    errors,
    consecutive_errors,
    last_error_at,
    last_used_at,
    cooldown_until,
    created_at,
    removed_at
   FROM darkroom.provider_token_state t;

COMMENT ON VIEW report.provider_tokens IS 'API keys of providers: load, errors, pauses. The keys themselves are not here.';

COMMENT ON COLUMN report.provider_tokens.state IS 'ready, in use, cooling (after a rate limit), off (by an operator or a rejection), or removed.';

COMMENT ON COLUMN report.provider_tokens.max_in_flight IS 'Calls it allows at once.';

COMMENT ON COLUMN report.provider_tokens.in_flight IS 'Calls that run on it now.';

COMMENT ON COLUMN report.provider_tokens.requests IS 'Calls ever begun on it.';

COMMENT ON COLUMN report.provider_tokens.consecutive_errors IS 'Since the last call that worked.';

COMMENT ON COLUMN report.provider_tokens.cooldown_until IS 'Not used before this moment, after a rate limit.';

COMMENT ON COLUMN report.provider_tokens.removed_at IS 'When it was removed; the row stays for the jobs that name it.';

ALTER TABLE ONLY darkroom.events ATTACH PARTITION darkroom.events_0 FOR VALUES IN ('0');

ALTER TABLE ONLY darkroom.events ATTACH PARTITION darkroom.events_1 FOR VALUES IN ('1');

ALTER TABLE ONLY darkroom.events ATTACH PARTITION darkroom.events_2 FOR VALUES IN ('2');

ALTER TABLE ONLY darkroom.events ATTACH PARTITION darkroom.events_3 FOR VALUES IN ('3');

ALTER TABLE ONLY darkroom.events ATTACH PARTITION darkroom.events_4 FOR VALUES IN ('4');

ALTER TABLE ONLY darkroom.events ATTACH PARTITION darkroom.events_5 FOR VALUES IN ('5');

ALTER TABLE ONLY darkroom.events ATTACH PARTITION darkroom.events_6 FOR VALUES IN ('6');

ALTER TABLE ONLY darkroom.events ATTACH PARTITION darkroom.events_7 FOR VALUES IN ('7');

ALTER TABLE ONLY darkroom.events ATTACH PARTITION darkroom.events_8 FOR VALUES IN ('8');

ALTER TABLE ONLY darkroom.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY darkroom.api_keys
    ADD CONSTRAINT api_keys_sha256_key UNIQUE (key_sha256);

ALTER TABLE ONLY darkroom.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.collections
    ADD CONSTRAINT collections_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.credit_entries
    ADD CONSTRAINT credit_entries_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.cursor_secret
    ADD CONSTRAINT cursor_secret_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY darkroom.downloads
    ADD CONSTRAINT downloads_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.event_heads
    ADD CONSTRAINT event_heads_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY darkroom.event_tickets
    ADD CONSTRAINT event_tickets_pkey PRIMARY KEY (token_sha256);

ALTER TABLE ONLY darkroom.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.events_0
    ADD CONSTRAINT events_0_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.events_1
    ADD CONSTRAINT events_1_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.events_2
    ADD CONSTRAINT events_2_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.events_3
    ADD CONSTRAINT events_3_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.events_4
    ADD CONSTRAINT events_4_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.events_5
    ADD CONSTRAINT events_5_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.events_6
    ADD CONSTRAINT events_6_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.events_7
    ADD CONSTRAINT events_7_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.events_8
    ADD CONSTRAINT events_8_pkey PRIMARY KEY (user_id, seq, slot);

ALTER TABLE ONLY darkroom.fair_clocks
    ADD CONSTRAINT fair_clocks_pkey PRIMARY KEY (user_id, provider, priority);

ALTER TABLE ONLY darkroom.generation_references
    ADD CONSTRAINT generation_references_pkey PRIMARY KEY (user_id, generation_id, "position");

ALTER TABLE ONLY darkroom.generations
    ADD CONSTRAINT generations_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.history_cards
    ADD CONSTRAINT history_cards_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, scope, key);

ALTER TABLE ONLY darkroom.images
    ADD CONSTRAINT images_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.job_tallies
    ADD CONSTRAINT job_tallies_pkey PRIMARY KEY (provider, kind, outcome);

ALTER TABLE ONLY darkroom.job_waits
    ADD CONSTRAINT job_waits_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY darkroom.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY darkroom.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY darkroom.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.links
    ADD CONSTRAINT links_token_sha256_key UNIQUE (token_sha256);

ALTER TABLE ONLY darkroom.models
    ADD CONSTRAINT models_pkey PRIMARY KEY (id);

ALTER TABLE ONLY darkroom.object_deletions
    ADD CONSTRAINT object_deletions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY darkroom.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.provider_clocks
    ADD CONSTRAINT provider_clocks_pkey PRIMARY KEY (provider, priority);

ALTER TABLE ONLY darkroom.provider_tokens
    ADD CONSTRAINT provider_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY darkroom.queue
    ADD CONSTRAINT queue_pkey PRIMARY KEY (provider, rank, fair_key, job_id);

ALTER TABLE ONLY darkroom.schedule
    ADD CONSTRAINT schedule_pkey PRIMARY KEY (run_at, job_id);

ALTER TABLE ONLY darkroom.schema_code
    ADD CONSTRAINT schema_code_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY darkroom.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token_sha256);

ALTER TABLE ONLY darkroom.sign_in_links
    ADD CONSTRAINT sign_in_links_pkey PRIMARY KEY (token_sha256);

ALTER TABLE ONLY darkroom.subjects
    ADD CONSTRAINT subjects_pkey PRIMARY KEY (issuer, subject);

ALTER TABLE ONLY darkroom.templates
    ADD CONSTRAINT templates_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.token_slots
    ADD CONSTRAINT token_slots_pkey PRIMARY KEY (token_id, slot);

ALTER TABLE ONLY darkroom.uploads
    ADD CONSTRAINT uploads_pkey PRIMARY KEY (user_id, id);

ALTER TABLE ONLY darkroom.uploads
    ADD CONSTRAINT uploads_user_id_sha256_key UNIQUE (user_id, sha256);

ALTER TABLE ONLY darkroom.users
    ADD CONSTRAINT users_name_key UNIQUE (name);

ALTER TABLE ONLY darkroom.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX api_keys_user_id_idx ON darkroom.api_keys USING btree (user_id);

CREATE INDEX batches_collection_id_idx ON darkroom.batches USING btree (user_id, collection_id) WHERE (collection_id IS NOT NULL);

CREATE INDEX batches_project_id_idx ON darkroom.batches USING btree (user_id, project_id, id) WHERE (project_id IS NOT NULL);

CREATE INDEX batches_source_batch_id_idx ON darkroom.batches USING btree (user_id, source_batch_id) WHERE (source_batch_id IS NOT NULL);

CREATE INDEX conversations_deleted_at_idx ON darkroom.conversations USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);

CREATE INDEX conversations_source_image_id_idx ON darkroom.conversations USING btree (user_id, source_image_id) WHERE (source_image_id IS NOT NULL);

CREATE INDEX conversations_updated_at_idx ON darkroom.conversations USING btree (user_id, updated_at DESC, id DESC);

CREATE UNIQUE INDEX credit_entries_job_id_reason_key ON darkroom.credit_entries USING btree (job_id, reason) WHERE (job_id IS NOT NULL);

CREATE UNIQUE INDEX credit_entries_user_id_reference_key ON darkroom.credit_entries USING btree (user_id, reference) WHERE (reference IS NOT NULL);

CREATE INDEX event_tickets_api_key_id_idx ON darkroom.event_tickets USING btree (api_key_id);

CREATE INDEX event_tickets_expires_at_idx ON darkroom.event_tickets USING btree (expires_at);

CREATE INDEX event_tickets_user_id_idx ON darkroom.event_tickets USING btree (user_id);

CREATE INDEX generation_references_image_id_idx ON darkroom.generation_references USING btree (user_id, image_id) WHERE (image_id IS NOT NULL);

CREATE INDEX generation_references_object_key_idx ON darkroom.generation_references USING btree (user_id, object_key);

CREATE INDEX generation_references_upload_id_idx ON darkroom.generation_references USING btree (user_id, upload_id) WHERE (upload_id IS NOT NULL);

CREATE INDEX generations_attention_idx ON darkroom.generations USING btree (user_id, id DESC) WHERE attention;

CREATE INDEX generations_batch_id_idx ON darkroom.generations USING btree (user_id, batch_id, id) WHERE (batch_id IS NOT NULL);

CREATE INDEX generations_card_id_idx ON darkroom.generations USING btree (user_id, card_id, id);

CREATE UNIQUE INDEX generations_conversation_id_turn_index_key ON darkroom.generations USING btree (user_id, conversation_id, turn_index) WHERE (conversation_id IS NOT NULL);

CREATE INDEX generations_deleted_at_idx ON darkroom.generations USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);

CREATE INDEX generations_parent_id_idx ON darkroom.generations USING btree (user_id, parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX generations_project_id_idx ON darkroom.generations USING btree (user_id, project_id, id) WHERE (project_id IS NOT NULL);

CREATE INDEX generations_search_idx ON darkroom.generations USING gin (search);

CREATE INDEX generations_source_image_id_idx ON darkroom.generations USING btree (user_id, source_image_id) WHERE (source_image_id IS NOT NULL);

CREATE INDEX history_cards_last_activity_idx ON darkroom.history_cards USING btree (user_id, last_activity_at DESC, id DESC);

CREATE INDEX history_cards_project_id_idx ON darkroom.history_cards USING btree (user_id, project_id, last_activity_at DESC, id DESC) WHERE (project_id IS NOT NULL);

CREATE INDEX idempotency_keys_created_at_idx ON darkroom.idempotency_keys USING btree (created_at);

CREATE INDEX images_batch_id_idx ON darkroom.images USING btree (batch_id, created_at) WHERE (batch_id IS NOT NULL);

CREATE INDEX images_collection_id_idx ON darkroom.images USING btree (collection_id, batch_id, created_at) WHERE (batch_id IS NOT NULL);

CREATE INDEX images_deleted_at_idx ON darkroom.images USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);

CREATE INDEX images_favourite_idx ON darkroom.images USING btree (user_id, id) WHERE favourite;

CREATE UNIQUE INDEX images_generation_id_job_id_key ON darkroom.images USING btree (user_id, generation_id, job_id);

CREATE INDEX images_source_image_id_idx ON darkroom.images USING btree (user_id, source_image_id) WHERE (source_image_id IS NOT NULL);

CREATE INDEX job_waits_waits_for_idx ON darkroom.job_waits USING btree (waits_for);

CREATE UNIQUE INDEX jobs_generation_id_idx ON darkroom.jobs USING btree (user_id, generation_id, id);

CREATE INDEX links_image_id_idx ON darkroom.links USING btree (user_id, image_id);

CREATE UNIQUE INDEX models_default_key ON darkroom.models USING btree (capability) WHERE is_default;

CREATE INDEX object_deletions_not_before_idx ON darkroom.object_deletions USING btree (not_before, id);

CREATE INDEX provider_tokens_provider_idx ON darkroom.provider_tokens USING btree (provider);

CREATE INDEX sessions_api_key_id_idx ON darkroom.sessions USING btree (api_key_id);

CREATE INDEX sessions_expires_at_idx ON darkroom.sessions USING btree (expires_at);

CREATE INDEX sessions_user_id_idx ON darkroom.sessions USING btree (user_id);

CREATE INDEX sign_in_links_expires_at_idx ON darkroom.sign_in_links USING btree (expires_at);

CREATE INDEX sign_in_links_user_id_idx ON darkroom.sign_in_links USING btree (user_id);

CREATE INDEX subjects_user_id_idx ON darkroom.subjects USING btree (user_id);

CREATE INDEX templates_collection_id_idx ON darkroom.templates USING btree (user_id, collection_id, "position");

CREATE INDEX token_slots_free_idx ON darkroom.token_slots USING btree (provider, last_used_at, request_count) WHERE (job_id IS NULL);

CREATE INDEX uploads_object_key_idx ON darkroom.uploads USING btree (user_id, object_key);

ALTER INDEX darkroom.events_pkey ATTACH PARTITION darkroom.events_0_pkey;

ALTER INDEX darkroom.events_pkey ATTACH PARTITION darkroom.events_1_pkey;

ALTER INDEX darkroom.events_pkey ATTACH PARTITION darkroom.events_2_pkey;

ALTER INDEX darkroom.events_pkey ATTACH PARTITION darkroom.events_3_pkey;

ALTER INDEX darkroom.events_pkey ATTACH PARTITION darkroom.events_4_pkey;

ALTER INDEX darkroom.events_pkey ATTACH PARTITION darkroom.events_5_pkey;

ALTER INDEX darkroom.events_pkey ATTACH PARTITION darkroom.events_6_pkey;

ALTER INDEX darkroom.events_pkey ATTACH PARTITION darkroom.events_7_pkey;

ALTER INDEX darkroom.events_pkey ATTACH PARTITION darkroom.events_8_pkey;

CREATE TRIGGER t10_create_event_head AFTER INSERT ON darkroom.users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION darkroom.create_event_head();

CREATE TRIGGER t10_keep_token_slots AFTER INSERT OR UPDATE OF max_in_flight ON darkroom.provider_tokens FOR EACH ROW EXECUTE FUNCTION darkroom.keep_token_slots();

CREATE TRIGGER t10_save_to_history AFTER UPDATE ON darkroom.jobs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION darkroom.save_completed_generation_to_history();

CREATE TRIGGER t90_append_events AFTER UPDATE ON darkroom.jobs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION darkroom.append_job_events();

ALTER TABLE ONLY darkroom.api_keys
    ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.batches
    ADD CONSTRAINT batches_collection_id_fkey FOREIGN KEY (user_id, collection_id) REFERENCES darkroom.collections(user_id, id) ON DELETE SET NULL (collection_id);

ALTER TABLE ONLY darkroom.batches
    ADD CONSTRAINT batches_project_id_fkey FOREIGN KEY (user_id, project_id) REFERENCES darkroom.projects(user_id, id) ON DELETE SET NULL (project_id);

ALTER TABLE ONLY darkroom.batches
    ADD CONSTRAINT batches_source_batch_id_fkey FOREIGN KEY (user_id, source_batch_id) REFERENCES darkroom.batches(user_id, id) ON DELETE SET NULL (source_batch_id);

ALTER TABLE ONLY darkroom.batches
    ADD CONSTRAINT batches_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.collections
    ADD CONSTRAINT collections_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.conversations
    ADD CONSTRAINT conversations_source_image_id_fkey FOREIGN KEY (user_id, source_image_id) REFERENCES darkroom.images(user_id, id) ON DELETE SET NULL (source_image_id);

ALTER TABLE ONLY darkroom.conversations
    ADD CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.credit_entries
    ADD CONSTRAINT credit_entries_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id);

ALTER TABLE ONLY darkroom.downloads
    ADD CONSTRAINT downloads_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.event_heads
    ADD CONSTRAINT event_heads_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.event_tickets
    ADD CONSTRAINT event_tickets_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES darkroom.api_keys(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.event_tickets
    ADD CONSTRAINT event_tickets_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.fair_clocks
    ADD CONSTRAINT fair_clocks_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.generation_references
    ADD CONSTRAINT generation_references_generation_id_fkey FOREIGN KEY (user_id, generation_id) REFERENCES darkroom.generations(user_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.generation_references
    ADD CONSTRAINT generation_references_image_id_fkey FOREIGN KEY (user_id, image_id) REFERENCES darkroom.images(user_id, id) ON DELETE SET NULL (image_id);

ALTER TABLE ONLY darkroom.generation_references
    ADD CONSTRAINT generation_references_upload_id_fkey FOREIGN KEY (user_id, upload_id) REFERENCES darkroom.uploads(user_id, id) ON DELETE SET NULL (upload_id);

ALTER TABLE ONLY darkroom.generations
    ADD CONSTRAINT generations_batch_id_fkey FOREIGN KEY (user_id, batch_id) REFERENCES darkroom.batches(user_id, id);

ALTER TABLE ONLY darkroom.generations
    ADD CONSTRAINT generations_card_id_fkey FOREIGN KEY (user_id, card_id) REFERENCES darkroom.history_cards(user_id, id);

ALTER TABLE ONLY darkroom.generations
    ADD CONSTRAINT generations_conversation_id_fkey FOREIGN KEY (user_id, conversation_id) REFERENCES darkroom.conversations(user_id, id);

ALTER TABLE ONLY darkroom.generations
    ADD CONSTRAINT generations_parent_id_fkey FOREIGN KEY (user_id, parent_id) REFERENCES darkroom.generations(user_id, id) ON DELETE SET NULL (parent_id);

ALTER TABLE ONLY darkroom.generations
    ADD CONSTRAINT generations_project_id_fkey FOREIGN KEY (user_id, project_id) REFERENCES darkroom.projects(user_id, id) ON DELETE SET NULL (project_id);

ALTER TABLE ONLY darkroom.generations
    ADD CONSTRAINT generations_source_image_id_fkey FOREIGN KEY (user_id, source_image_id) REFERENCES darkroom.images(user_id, id) ON DELETE SET NULL (source_image_id);

ALTER TABLE ONLY darkroom.generations
    ADD CONSTRAINT generations_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.history_cards
    ADD CONSTRAINT history_cards_project_id_fkey FOREIGN KEY (user_id, project_id) REFERENCES darkroom.projects(user_id, id) ON DELETE SET NULL (project_id);

ALTER TABLE ONLY darkroom.history_cards
    ADD CONSTRAINT history_cards_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.idempotency_keys
    ADD CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.images
    ADD CONSTRAINT images_generation_id_fkey FOREIGN KEY (user_id, generation_id) REFERENCES darkroom.generations(user_id, id);

ALTER TABLE ONLY darkroom.images
    ADD CONSTRAINT images_source_image_id_fkey FOREIGN KEY (user_id, source_image_id) REFERENCES darkroom.images(user_id, id) ON DELETE SET NULL (source_image_id);

ALTER TABLE ONLY darkroom.jobs
    ADD CONSTRAINT jobs_generation_id_fkey FOREIGN KEY (user_id, generation_id) REFERENCES darkroom.generations(user_id, id);

ALTER TABLE ONLY darkroom.links
    ADD CONSTRAINT links_image_id_fkey FOREIGN KEY (user_id, image_id) REFERENCES darkroom.images(user_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.projects
    ADD CONSTRAINT projects_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.sessions
    ADD CONSTRAINT sessions_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES darkroom.api_keys(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.sign_in_links
    ADD CONSTRAINT sign_in_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.subjects
    ADD CONSTRAINT subjects_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.templates
    ADD CONSTRAINT templates_collection_id_fkey FOREIGN KEY (user_id, collection_id) REFERENCES darkroom.collections(user_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.token_slots
    ADD CONSTRAINT token_slots_token_id_fkey FOREIGN KEY (token_id) REFERENCES darkroom.provider_tokens(id) ON DELETE CASCADE;

ALTER TABLE ONLY darkroom.uploads
    ADD CONSTRAINT uploads_user_id_fkey FOREIGN KEY (user_id) REFERENCES darkroom.users(id) ON DELETE CASCADE;

ALTER TABLE darkroom.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.batches ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.collections ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.conversations ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.credit_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.downloads ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.event_heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.event_tickets ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events_0 ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events_1 ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events_2 ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events_3 ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events_4 ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events_5 ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events_6 ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events_7 ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.events_8 ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.fair_clocks ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.generation_references ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.generations ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.history_cards ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.images ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.job_waits ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.leases ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.links ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.object_deletions ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_rows ON darkroom.api_keys FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.batches FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.collections FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.conversations FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.credit_entries FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.downloads FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.event_heads FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.event_tickets FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events_0 FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events_1 FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events_2 FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events_3 FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events_4 FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events_5 FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events_6 FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events_7 FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.events_8 FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.fair_clocks FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.generation_references FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.generations FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.history_cards FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.idempotency_keys FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.images FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.job_waits FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.jobs FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.leases FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.links FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.object_deletions FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.projects FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.queue FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.schedule FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.sessions FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.sign_in_links FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.subjects FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.templates FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.uploads FOR SELECT TO darkroom_api USING ((user_id = ( SELECT darkroom.current_user_id() AS current_user_id)));

CREATE POLICY own_rows ON darkroom.users FOR SELECT TO darkroom_api USING ((id = ( SELECT darkroom.current_user_id() AS current_user_id)));

ALTER TABLE darkroom.projects ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.queue ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.schedule ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.sign_in_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.subjects ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.templates ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.uploads ENABLE ROW LEVEL SECURITY;

ALTER TABLE darkroom.users ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA darkroom TO darkroom_api;
GRANT USAGE ON SCHEMA darkroom TO darkroom_worker;
GRANT USAGE ON SCHEMA darkroom TO darkroom_operator;

GRANT USAGE ON SCHEMA report TO darkroom_report;
GRANT USAGE ON SCHEMA report TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.act_as_user() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.clock() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.clock() TO darkroom_api;
GRANT ALL ON FUNCTION darkroom.clock() TO darkroom_report;
GRANT ALL ON FUNCTION darkroom.clock() TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.uuid7() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.add_provider_token(p_provider text, p_label text, p_secret_encrypted text, p_max_in_flight integer) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.add_provider_token(p_provider text, p_label text, p_secret_encrypted text, p_max_in_flight integer) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.add_turn(p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.add_turn(p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.advance_provider_clocks(p_found darkroom.ready_job[], p_locked uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.append_ended_events(p_changes darkroom.job_change[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.append_events(p_events darkroom.new_event[], p_changes darkroom.head_change[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.append_job_events() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.apply_to_library(p_user uuid, p_action text, p_items jsonb, p_with_posts boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.apply_to_one(p_user uuid, p_action text, p_kind text, p_id uuid, p_with_posts boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.batch_detail(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.batch_events(p_user uuid, p_kind text, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.batch_object(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.batch_objects(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.batches_finished(p_changes darkroom.job_change[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.blame_tokens(p_blame jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.bulk(p_action text, p_items jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.bulk(p_action text, p_items jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.caller_seq() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.cancel_batch(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.cancel_batch(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.cancel_generation(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.cancel_generation(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.cancel_generations(p_user uuid, p_generations uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.cancel_job(p_job bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.cancel_job(p_job bigint) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.cancel_jobs(p_user uuid, p_jobs bigint[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.cancel_queue(p_scope text, p_batch uuid, p_project uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.cancel_queue(p_scope text, p_batch uuid, p_project uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.card_object(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.card_objects(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.card_title(p_name text, p_prompt text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.changed_events(p_user uuid, p_generations uuid[], p_images uuid[], p_conversations uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.charge_and_queue(p_user uuid, p_jobs darkroom.new_job[], p_run_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.charge_user(p_user uuid, p_cost bigint, p_jobs integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.check_encrypted(p_secret text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.check_failures(p_items darkroom.job_item[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.check_fields(p_request jsonb, p_known text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.check_hint(p_hint jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.check_model_changes(p_changes jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.search_text(p_text text) FROM PUBLIC;
GRANT SELECT(user_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(card_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(category) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(project_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(batch_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(template_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(template_name) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(conversation_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(turn_index) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(parent_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(source_image_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(regenerated_from_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(selected_image_id) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(name) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(prompt) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(caption) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(write_caption) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(reference_count) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(settings) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(metadata) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(phase) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(total) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(completed) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(failed) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(cancelled) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(credits_used) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(credits_held) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(viewed_at) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(deleted_at) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(updated_at) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(finished_at) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(status) ON TABLE darkroom.generations TO darkroom_api;
GRANT SELECT(attention) ON TABLE darkroom.generations TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.check_selected_image(p_generation darkroom.generations) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.check_storage(p_user uuid, p_more bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.check_worker(p_worker text, p_lease interval) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.chosen_images(p_user uuid, p_images uuid[], p_generations uuid[], p_cards uuid[], p_batch uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.claim_jobs(p_worker text, p_limit integer, p_providers text[], p_lease interval, p_hint jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.claim_jobs(p_worker text, p_limit integer, p_providers text[], p_lease interval, p_hint jsonb) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.claim_next_job(p_worker text, p_providers text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.claim_next_job(p_worker text, p_providers text[]) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.collection_event(p_user uuid, p_id uuid, p_change text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.collection_object(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.collection_objects(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.complete_job(p_job bigint, p_lease_no bigint, p_result jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.complete_job(p_job bigint, p_lease_no bigint, p_result jsonb) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.complete_jobs(p jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.complete_jobs(p jsonb) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.confirm_object_deletions(p_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.confirm_object_deletions(p_ids bigint[]) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.conversation_detail(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.conversation_events(p_user uuid, p_kind text, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.conversation_object(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.conversation_objects(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.conversations_about(p_user uuid, p_images uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.count_batches(p_changes darkroom.job_change[], p_now timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.create_api_key(p_user uuid, p_sha256 bytea, p_last_four text, p_label text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_api_key(p_user uuid, p_sha256 bytea, p_last_four text, p_label text) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.create_batch(p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_batch(p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_collection(p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_collection(p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_download(p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_download(p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_edit(p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_edit(p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_event_head() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.create_event_ticket(p_sha256 bytea, p_session bytea, p_until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_event_ticket(p_sha256 bytea, p_session bytea, p_until timestamp with time zone) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_generation(p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_generation(p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_link(p_image uuid, p_sha256 bytea, p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_link(p_image uuid, p_sha256 bytea, p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_project(p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_project(p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_session(p_key bytea, p_token bytea, p_replaces bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_session(p_key bytea, p_token bytea, p_replaces bytea) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_sign_in_link(p_user uuid, p_sha256 bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_sign_in_link(p_user uuid, p_sha256 bytea) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.create_upload(p_upload jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_upload(p_upload jsonb) TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.users TO darkroom_api;
GRANT SELECT(name) ON TABLE darkroom.users TO darkroom_api;
GRANT SELECT(credits) ON TABLE darkroom.users TO darkroom_api;
GRANT SELECT(max_priority) ON TABLE darkroom.users TO darkroom_api;
GRANT SELECT(max_active_jobs) ON TABLE darkroom.users TO darkroom_api;
GRANT SELECT(storage_quota) ON TABLE darkroom.users TO darkroom_api;
GRANT SELECT(operator) ON TABLE darkroom.users TO darkroom_api;
GRANT SELECT(paused_at) ON TABLE darkroom.users TO darkroom_api;
GRANT SELECT(disabled_at) ON TABLE darkroom.users TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.users TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.create_user(p_name text, p_credits bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.create_user(p_name text, p_credits bigint) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.created_reply(p_user uuid, p_generation uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.credit_entry_objects(p_user uuid, p_ids bigint[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.credits_changed(p_user uuid, p_amount bigint, p_reason text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.credits_refunded(p_changes darkroom.job_change[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.current_user_id() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.current_user_id() TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.delete_collection(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.delete_collection(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.delete_link(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.delete_link(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.delete_project(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.delete_project(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.deliver_events(p_cursors jsonb, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.deliver_events(p_cursors jsonb, p_limit integer) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.diagnose(p_thorough boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.diagnose(p_thorough boolean) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.disable_user(p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.disable_user(p_user uuid) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.download_files(p_user uuid, p_images uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.drop_expired_sign_ins(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.drop_expired_sign_ins(p_limit integer) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.drop_images(p_user uuid, p_ids uuid[], OUT freed_bytes bigint, OUT changed_generations uuid[], OUT changed_images uuid[], OUT changed_conversations uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.drop_old_idempotency_keys(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.drop_old_idempotency_keys(p_limit integer) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.edit_models(p_preferred text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.empty_trash(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.empty_trash(p_limit integer) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.enable_user(p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.enable_user(p_user uuid) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.encrypted_provider_secrets() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.encrypted_provider_secrets() TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.end_session(p_session bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.end_session(p_session bytea) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.end_waiting_images(p_changes darkroom.job_change[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.enqueue(p_user uuid, p_plan jsonb, p_items jsonb, p_before darkroom.new_event[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.enqueue_batch(p_user uuid, p_plan jsonb, p_batch jsonb) FROM PUBLIC;
GRANT SELECT(user_id) ON TABLE darkroom.conversations TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.conversations TO darkroom_api;
GRANT SELECT(title) ON TABLE darkroom.conversations TO darkroom_api;
GRANT SELECT(source_image_id) ON TABLE darkroom.conversations TO darkroom_api;
GRANT SELECT(settings) ON TABLE darkroom.conversations TO darkroom_api;
GRANT SELECT(metadata) ON TABLE darkroom.conversations TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.conversations TO darkroom_api;
GRANT SELECT(updated_at) ON TABLE darkroom.conversations TO darkroom_api;
GRANT SELECT(deleted_at) ON TABLE darkroom.conversations TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.enqueue_turn(p_conversation darkroom.conversations, p_request jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.enter_queue(p_jobs bigint[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.error_sentence(p_class text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.error_sentence(p_class text) TO darkroom_report;
GRANT ALL ON FUNCTION darkroom.error_sentence(p_class text) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.event_epoch() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.event_slot(p_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.fail_job(p_job bigint, p_lease_no bigint, p_class text, p_message text, p_retry_after interval) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.fail_job(p_job bigint, p_lease_no bigint, p_class text, p_message text, p_retry_after interval) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.fail_jobs(p jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.fail_jobs(p jsonb) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.favour_images(p_user uuid, p_ids uuid[], p_favourite boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.file_ending(p_content_type text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.find_jobs_of_others(p_providers text[], p_limit integer, p_hint jsonb, p_held uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.find_provider_token(p_token uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.find_ready_jobs(p_providers text[], p_with_tokens text[], p_limit integer, p_hint jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.find_user(p_name_or_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.find_user(p_name_or_id text) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.flag_field(p_request jsonb, p_field text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.forgive_tokens(p_tokens uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.free_lost_slots() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.free_token_slots(p_provider text, p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.function_roles() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.gallery_facets(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.gallery_facets(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.gallery_fields() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.generation_events(p_user uuid, p_kind text, p_ids uuid[], p_detail jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.generation_object(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.generation_objects(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.get_batch(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_batch(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_card(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_card(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_collection(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_collection(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_conversation(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_conversation(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_download(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_download(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_generation(p_id uuid, p_include text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_generation(p_id uuid, p_include text[]) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_image_file(p_image uuid, p_size text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_image_file(p_image uuid, p_size text) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_job(p_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_job(p_id bigint) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_lineage(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_lineage(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_link(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_link(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_me() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_me() TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_model(p_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_model(p_id text) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_next_provider_token(p_provider text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_next_provider_token(p_provider text) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.get_project(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_project(p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_queue() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_queue() TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.get_upload_file(p_upload uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.get_upload_file(p_upload uuid) TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(generation_id) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(job_id) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(slot) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(model) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(prompt) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(revised_prompt) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(object_key) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(thumbnail_key) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(content_type) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(width) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(height) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(bytes) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(sha256) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(aspect_ratio) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(resolution) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(seed) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(duration_ms) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(credits) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(edited) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(favourite) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(source_image_id) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(batch_id) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(collection_id) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(deleted_at) ON TABLE darkroom.images TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.images TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.given_picture(p_image darkroom.images, p_role text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.grant_credits(p_user uuid, p_amount bigint, p_reference text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.grant_credits(p_user uuid, p_amount bigint, p_reference text) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.has_ready_jobs(p_providers text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.head_seq(p_user uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.heartbeat(p_worker text, p_leases jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.heartbeat(p_worker text, p_leases jsonb) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.id_at(p_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.ids_field(p_request jsonb, p_field text, p_most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.image_conversations(p_image uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.image_conversations(p_image uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.image_events(p_user uuid, p_kind text, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.image_file(p_user uuid, p_image uuid, p_size text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.image_json(p_image darkroom.images, p_model_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.image_object(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.image_objects(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.image_url(p_image uuid, p_size text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.image_url(p_image uuid, p_size text) TO darkroom_report;
GRANT ALL ON FUNCTION darkroom.image_url(p_image uuid, p_size text) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.import_generation(p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.import_generation(p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.instance_id() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.instance_id() TO darkroom_api;
GRANT ALL ON FUNCTION darkroom.instance_id() TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.invalid(p_pointer text, p_message text, p_hint text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.is_blank(p_text text) FROM PUBLIC;
GRANT SELECT(id) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(generation_id) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(kind) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(slot) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(retry_of) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(model) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(priority) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(credits) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(status) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(attempt) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(max_attempts) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(image_id) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(error_class) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(next_run_at) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(started_at) ON TABLE darkroom.jobs TO darkroom_api;
GRANT SELECT(finished_at) ON TABLE darkroom.jobs TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.is_nowhere(p_job darkroom.jobs) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.is_whole(p_value jsonb, p_least bigint, p_most bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.job_json(p_job darkroom.jobs, p_image uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.job_objects(p_user uuid, p_ids bigint[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.json_time(p_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.judge_items(p_user uuid, p_action text, p_items jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.keep_token_slots() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.known_objects() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.known_objects() TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.lapsed_sign_ins(p_users uuid[], p_keys uuid[], p_sessions bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.lapsed_sign_ins(p_users uuid[], p_keys uuid[], p_sessions bytea[]) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.leave_abandoned_card(p_user uuid, p_generation uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.leave_waiting_places(p_changes darkroom.job_change[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.lineage_of(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.link_objects(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.list_api_keys(p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_api_keys(p_user uuid) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.list_batches(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_batches(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_collections(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_collections(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_conversations(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_conversations(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_credits(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_credits(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_gallery(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_gallery(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_generations(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_generations(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_history(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_history(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_links(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_links(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_models(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_models(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_models_for_operator() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_models_for_operator() TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.list_projects(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_projects(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_provider_tokens() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_provider_tokens() TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.list_reply(p_user uuid, p_items jsonb, p_found integer, p_limit integer, p_binding text, p_last_key jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.list_trash(p_filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_trash(p_filter jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.list_users() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.list_users() TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.live_generation(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.live_image(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.lock_users(p_users uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.lock_users_for(p_users uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.mark_viewed(p_ids uuid[], p_finished_before timestamp with time zone, p_batch_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.mark_viewed(p_ids uuid[], p_finished_before timestamp with time zone, p_batch_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.matching_generations(p_user uuid, p_filter jsonb, p_walk boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.matching_images(p_user uuid, p_filter jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.mend_jobs() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.mend_jobs() TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.metadata_field(p_request jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.metrics() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.metrics() TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.model_label(p_id text, p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.model_objects(p_ids text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.model_rules() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.move_phases(p_changes darkroom.job_change[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.needs_token(p_provider text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.next_due_at() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.next_due_at() TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.next_object_deletions(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.next_object_deletions(p_limit integer) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.not_found(p_kind text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.open_link(p_sha256 bytea, p_size text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.open_link(p_sha256 bytea, p_size text) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.open_session(p_user uuid, p_api_key uuid, p_token bytea, p_replaces bytea) FROM PUBLIC;
GRANT SELECT(id) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(name) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(capability) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(can_edit) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(max_references) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(max_quantity) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(credits_per_call) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(aspect_ratios) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(resolutions) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(options) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(is_default) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(average_seconds) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(active) ON TABLE darkroom.models TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.models TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.openai_model(p_model darkroom.models) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.option_problem(p_schema jsonb, p_value jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.own_seq() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.own_seq() TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.pause_queue() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.pause_queue() TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.pending_models(p_models text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.plan_batch_items(p_user uuid, p_request jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.plan_choice(p_request jsonb, p_field text, p_models jsonb, p_inherited text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.plan_models(p_models jsonb, p_references integer, p_edit boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.plan_references(p_user uuid, p_references jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.plan_request(p_user uuid, p_request jsonb, p_given jsonb, p_default_models jsonb, p_edit boolean, p_inherited jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.project_event(p_user uuid, p_id uuid, p_change text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.project_fields(p_request jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.project_object(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.project_objects(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.promote_due() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.promote_due() TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.providers_in_turn(p_providers text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.providers_with_tokens(p_providers text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.providers_with_tokens(p_providers text[]) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.purge(p_kind text, p_id uuid, p_with_posts boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.purge(p_kind text, p_id uuid, p_with_posts boolean) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.purge_conversations(p_user uuid, p_ids uuid[], p_with_posts boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.purge_expired_trash(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.purge_expired_trash(p_limit integer) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.purge_generations(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.purge_images(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.purge_trash(p_user uuid, p_before timestamp with time zone, p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.queue_places(p_user uuid, p_generations uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.quiet_conversation(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.read_events(p_after bigint, p_limit integer, p_epoch text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.read_events(p_after bigint, p_limit integer, p_epoch text) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.read_items(p jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.read_page(p_user uuid, p_list text, p_filter jsonb, p_fields jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.read_range(p_filter jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.read_time(p_request jsonb, p_field text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.reading_user() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.references_again(p_user uuid, p_generation uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.refund_jobs(p_changes darkroom.job_change[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.refuse(p_code text, p_kind text, p_message text, p_hint text, p_pointer text, p_detail text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.regenerate_batch(p_id uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.regenerate_batch(p_id uuid, p_changes jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.regenerate_generation(p_id uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.regenerate_generation(p_id uuid, p_changes jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.release_jobs(p_leases jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.release_jobs(p_leases jsonb) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.remember(p_user uuid, p_scope text, p_request jsonb, p_response jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.remove_provider_token(p_token uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.remove_provider_token(p_token uuid) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.renew_watches(p_users uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.renew_watches(p_users uuid[]) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.replace_provider_secret(p_token uuid, p_was text, p_secret_encrypted text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.replace_provider_secret(p_token uuid, p_was text, p_secret_encrypted text) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.replay(p_user uuid, p_scope text, p_request jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.request_again(p_generation darkroom.generations, p_changes jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.rescue_expired_leases() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.rescue_expired_leases() TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.restore(p_kind text, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.restore(p_kind text, p_id uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.restore_conversations(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.restore_generations(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.restore_images(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.result_problem(p_kind text, p_result jsonb, p_width jsonb, p_height jsonb, p_bytes jsonb, p_duration_ms jsonb, p_seed jsonb, p_sha256 text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.resume_queue() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.resume_queue() TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.retry_batch(p_id uuid, p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.retry_batch(p_id uuid, p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.retry_generation(p_id uuid, p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.retry_generation(p_id uuid, p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.retry_slots(p_user uuid, p_generations uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.return_unused_slots(p_slots darkroom.token_slots[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.revoke_api_key(p_key uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.revoke_api_key(p_key uuid) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.ring_cancelled(p_workers text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.ring_progress(p_jobs jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.ring_progress(p_jobs jsonb) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.ring_revocations(p_what text, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.ring_users(p_users uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.ring_users(p_users uuid[]) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.ring_workers(p_providers text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.run_at_field(p_request jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.save_completed_generation_to_history() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.search_edge(p_user uuid, p_images boolean, p_newest boolean, p_first uuid, p_above uuid, p_below uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.search_pattern(p_word text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.search_patterns(p_words text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.search_query(p_words text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.session_end(p_created_at timestamp with time zone, p_used_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.set_model(p_id text, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.set_model(p_id text, p_changes jsonb) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.set_provider_ref(p_job bigint, p_lease_no bigint, p_ref text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.set_provider_ref(p_job bigint, p_lease_no bigint, p_ref text) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.set_provider_token_active(p_token uuid, p_active boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.set_provider_token_active(p_token uuid, p_active boolean) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.set_user_limits(p_user uuid, p_limits jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.set_user_limits(p_user uuid, p_limits jsonb) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.settle_failures(p_locked uuid[], p_failures darkroom.job_item[], p_expired_only boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.shown_image(p_generation darkroom.generations) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.sign_in(p_key bytea, p_session bytea, p_issuer text, p_subject text) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.sign_in(p_key bytea, p_session bytea, p_issuer text, p_subject text) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.sleep_until(p_providers text[], p_until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.sleep_until(p_providers text[], p_until timestamp with time zone) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.source_events(p_user uuid, p_images uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.start_conversation(p_request jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.start_conversation(p_request jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.take_token_slots(p_found darkroom.ready_job[], p_locked uuid[], p_with_tokens text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.tally_jobs(p_tallies jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.tally_jobs(p_tallies jsonb) TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.template_fields(p_request jsonb, p_known uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.text_field(p_request jsonb, p_field text, p_longest integer, p_required boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.trash(p_kind text, p_id uuid, p_with_posts boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.trash(p_kind text, p_id uuid, p_with_posts boolean) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.trash_age() FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.trash_conversations(p_user uuid, p_ids uuid[], p_with_posts boolean, p_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.trash_generations(p_user uuid, p_ids uuid[], p_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.trash_images(p_user uuid, p_ids uuid[], p_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.truncate_event_slot() FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.truncate_event_slot() TO darkroom_worker;

REVOKE ALL ON FUNCTION darkroom.try_lock_users(p_users uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.turn_pictures(p_conversation darkroom.conversations) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.update_batch(p_id uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.update_batch(p_id uuid, p_changes jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.update_collection(p_id uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.update_collection(p_id uuid, p_changes jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.update_conversation(p_id uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.update_conversation(p_id uuid, p_changes jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.update_generation(p_id uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.update_generation(p_id uuid, p_changes jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.update_image(p_id uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.update_image(p_id uuid, p_changes jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.update_project(p_id uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.update_project(p_id uuid, p_changes jsonb) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.upload_object(p_user uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.upload_objects(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.upload_reply(p_user uuid, p_id uuid, p_created boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.upload_url(p_upload uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.upload_url(p_upload uuid) TO darkroom_report;
GRANT ALL ON FUNCTION darkroom.upload_url(p_upload uuid) TO darkroom_operator;

REVOKE ALL ON FUNCTION darkroom.use_captions(p_changes darkroom.job_change[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.use_event_ticket(p_sha256 bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.use_event_ticket(p_sha256 bytea) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.use_sign_in_link(p_link bytea, p_token bytea, p_replaces bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.use_sign_in_link(p_link bytea, p_token bytea, p_replaces bytea) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.user_for_key(p_sha256 bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.user_for_key(p_sha256 bytea) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.user_for_session(p_sha256 bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.user_for_subject(p_issuer text, p_subject text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.user_to_change(p_user uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.uuid_field(p_request jsonb, p_field text) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.view_generations(p_user uuid, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.watch_user(p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION darkroom.watch_user(p_user uuid) TO darkroom_api;

REVOKE ALL ON FUNCTION darkroom.whole_field(p_request jsonb, p_field text, p_least bigint, p_most bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION darkroom.write_templates(p_user uuid, p_collection uuid, p_templates jsonb) FROM PUBLIC;
GRANT SELECT(id) ON TABLE darkroom.api_keys TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.api_keys TO darkroom_api;
GRANT SELECT(last_four) ON TABLE darkroom.api_keys TO darkroom_api;
GRANT SELECT(label) ON TABLE darkroom.api_keys TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.api_keys TO darkroom_api;
GRANT SELECT(last_used_at) ON TABLE darkroom.api_keys TO darkroom_api;
GRANT SELECT(revoked_at) ON TABLE darkroom.api_keys TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(name) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(collection_id) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(collection_name) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(project_id) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(source_batch_id) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(settings) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(metadata) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(total) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(completed) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(failed) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(cancelled) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(credits_used) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(status) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(finished_at) ON TABLE darkroom.batches TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.collections TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.collections TO darkroom_api;
GRANT SELECT(name) ON TABLE darkroom.collections TO darkroom_api;
GRANT SELECT(metadata) ON TABLE darkroom.collections TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.collections TO darkroom_api;
GRANT SELECT(updated_at) ON TABLE darkroom.collections TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.credit_entries TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.credit_entries TO darkroom_api;
GRANT SELECT(amount) ON TABLE darkroom.credit_entries TO darkroom_api;
GRANT SELECT(reason) ON TABLE darkroom.credit_entries TO darkroom_api;
GRANT SELECT(reference) ON TABLE darkroom.credit_entries TO darkroom_api;
GRANT SELECT(generation_id) ON TABLE darkroom.credit_entries TO darkroom_api;
GRANT SELECT(job_id) ON TABLE darkroom.credit_entries TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.credit_entries TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.event_heads TO darkroom_api;
GRANT SELECT(seq) ON TABLE darkroom.event_heads TO darkroom_api;
GRANT SELECT(last_at) ON TABLE darkroom.event_heads TO darkroom_api;
GRANT SELECT(active_count) ON TABLE darkroom.event_heads TO darkroom_api;
GRANT SELECT(unviewed_count) ON TABLE darkroom.event_heads TO darkroom_api;
GRANT SELECT(active_jobs) ON TABLE darkroom.event_heads TO darkroom_api;
GRANT SELECT(storage_bytes) ON TABLE darkroom.event_heads TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(seq) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(at) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(kind) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(generation_id) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(card_id) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(job_id) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(image_id) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(batch_id) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(conversation_id) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(project_id) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(collection_id) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(detail) ON TABLE darkroom.events TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.generation_references TO darkroom_api;
GRANT SELECT(generation_id) ON TABLE darkroom.generation_references TO darkroom_api;
GRANT SELECT("position") ON TABLE darkroom.generation_references TO darkroom_api;
GRANT SELECT(role) ON TABLE darkroom.generation_references TO darkroom_api;
GRANT SELECT(upload_id) ON TABLE darkroom.generation_references TO darkroom_api;
GRANT SELECT(image_id) ON TABLE darkroom.generation_references TO darkroom_api;
GRANT SELECT(object_key) ON TABLE darkroom.generation_references TO darkroom_api;
GRANT SELECT(content_type) ON TABLE darkroom.generation_references TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.history_cards TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.history_cards TO darkroom_api;
GRANT SELECT(project_id) ON TABLE darkroom.history_cards TO darkroom_api;
GRANT SELECT(title) ON TABLE darkroom.history_cards TO darkroom_api;
GRANT SELECT(generation_count) ON TABLE darkroom.history_cards TO darkroom_api;
GRANT SELECT(active_count) ON TABLE darkroom.history_cards TO darkroom_api;
GRANT SELECT(image_count) ON TABLE darkroom.history_cards TO darkroom_api;
GRANT SELECT(credits_used) ON TABLE darkroom.history_cards TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.history_cards TO darkroom_api;
GRANT SELECT(last_activity_at) ON TABLE darkroom.history_cards TO darkroom_api;

GRANT SELECT ON TABLE darkroom.misplaced_jobs TO darkroom_operator;
GRANT SELECT(user_id) ON TABLE darkroom.projects TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.projects TO darkroom_api;
GRANT SELECT(name) ON TABLE darkroom.projects TO darkroom_api;
GRANT SELECT(document) ON TABLE darkroom.projects TO darkroom_api;
GRANT SELECT(version) ON TABLE darkroom.projects TO darkroom_api;
GRANT SELECT(metadata) ON TABLE darkroom.projects TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.projects TO darkroom_api;
GRANT SELECT(updated_at) ON TABLE darkroom.projects TO darkroom_api;

GRANT SELECT ON TABLE darkroom.schema_code TO darkroom_api;
GRANT SELECT ON TABLE darkroom.schema_code TO darkroom_worker;
GRANT SELECT ON TABLE darkroom.schema_code TO darkroom_operator;

GRANT SELECT ON TABLE darkroom.sequence_gaps TO darkroom_operator;
GRANT SELECT(user_id) ON TABLE darkroom.templates TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.templates TO darkroom_api;
GRANT SELECT(collection_id) ON TABLE darkroom.templates TO darkroom_api;
GRANT SELECT("position") ON TABLE darkroom.templates TO darkroom_api;
GRANT SELECT(name) ON TABLE darkroom.templates TO darkroom_api;
GRANT SELECT(prompt) ON TABLE darkroom.templates TO darkroom_api;
GRANT SELECT(user_id) ON TABLE darkroom.uploads TO darkroom_api;
GRANT SELECT(id) ON TABLE darkroom.uploads TO darkroom_api;
GRANT SELECT(object_key) ON TABLE darkroom.uploads TO darkroom_api;
GRANT SELECT(content_type) ON TABLE darkroom.uploads TO darkroom_api;
GRANT SELECT(bytes) ON TABLE darkroom.uploads TO darkroom_api;
GRANT SELECT(width) ON TABLE darkroom.uploads TO darkroom_api;
GRANT SELECT(height) ON TABLE darkroom.uploads TO darkroom_api;
GRANT SELECT(sha256) ON TABLE darkroom.uploads TO darkroom_api;
GRANT SELECT(created_at) ON TABLE darkroom.uploads TO darkroom_api;
GRANT SELECT(thumbnail_key) ON TABLE darkroom.uploads TO darkroom_api;

GRANT SELECT ON TABLE darkroom.wrong_counts TO darkroom_operator;

GRANT SELECT ON TABLE darkroom.wrong_money TO darkroom_operator;

GRANT SELECT ON TABLE report.batch_items TO darkroom_report;
GRANT SELECT ON TABLE report.batch_items TO darkroom_operator;

GRANT SELECT ON TABLE report.batches TO darkroom_report;
GRANT SELECT ON TABLE report.batches TO darkroom_operator;

GRANT SELECT ON TABLE report.credits TO darkroom_report;
GRANT SELECT ON TABLE report.credits TO darkroom_operator;

GRANT SELECT ON TABLE report.daily_usage TO darkroom_report;
GRANT SELECT ON TABLE report.daily_usage TO darkroom_operator;

GRANT SELECT ON TABLE report.images TO darkroom_report;
GRANT SELECT ON TABLE report.images TO darkroom_operator;

GRANT SELECT ON TABLE report.jobs TO darkroom_report;
GRANT SELECT ON TABLE report.jobs TO darkroom_operator;

GRANT SELECT ON TABLE report.models TO darkroom_report;
GRANT SELECT ON TABLE report.models TO darkroom_operator;

GRANT SELECT ON TABLE report.provider_tokens TO darkroom_report;
GRANT SELECT ON TABLE report.provider_tokens TO darkroom_operator;
