-- What the database does, as of now: the index of sql/ and the order it is loaded in. Tables and types are in
-- migrations/; everything here is code and may be replaced at any time. `psql -f sql/all.sql` loads it as well as
-- `darkroom migrate`, which does so in one transaction and remembers the bundle's hash.
--
-- How to read it: a user asks (generations/), which charges (credits/) and enqueues; workers claim, complete and fail
-- (queue/, tokens/); the triggers on jobs cluster results into history (history/) and write what happened (events/).
-- Functions of clients begin with act_as_user or reading_user; functions of workers are the ones in queue/.

-- core: the clock, the caller, the mutex, refusals
\ir core/clock.sql
\ir core/json_time.sql
\ir core/current_user_id.sql
\ir core/caller_seq.sql
\ir core/refuse.sql
\ir core/invalid.sql
\ir core/lock_users.sql
\ir core/try_lock_users.sql
\ir core/lock_users_for.sql
\ir core/reading_user.sql
\ir core/act_as_user.sql

-- objects: things as clients see them, one builder for each kind, and nobody else builds one
\ir queue/error_sentence.sql
\ir gallery/image_url.sql
\ir gallery/upload_url.sql
\ir gallery/model_label.sql
\ir gallery/image_json.sql
\ir gallery/image_objects.sql
\ir gallery/image_object.sql
\ir queue/job_json.sql
\ir queue/job_objects.sql
\ir queue/queue_places.sql
\ir generations/pending_models.sql
\ir generations/generation_objects.sql
\ir generations/generation_object.sql
\ir batches/batch_objects.sql
\ir batches/batch_object.sql
\ir batches/batch_detail.sql
\ir conversations/conversation_objects.sql
\ir conversations/conversation_object.sql
\ir conversations/conversation_detail.sql
\ir history/card_objects.sql
\ir history/card_object.sql
\ir projects/project_objects.sql
\ir projects/project_object.sql
\ir collections/collection_objects.sql
\ir collections/collection_object.sql
\ir models/model_objects.sql
\ir credits/credit_entry_objects.sql
\ir gallery/upload_objects.sql
\ir gallery/upload_object.sql

-- accounts: users and their keys
\ir accounts/create_event_head.sql
\ir accounts/user_to_change.sql
\ir accounts/list_api_keys.sql
\ir accounts/user_for_key.sql
\ir accounts/session_end.sql
\ir accounts/user_for_session.sql
\ir accounts/user_for_subject.sql
\ir accounts/sign_in.sql
\ir accounts/open_session.sql
\ir accounts/create_session.sql
\ir accounts/create_sign_in_link.sql
\ir accounts/use_sign_in_link.sql
\ir accounts/end_session.sql
\ir accounts/create_event_ticket.sql
\ir accounts/find_user.sql
\ir accounts/list_users.sql

-- requests: what is asked for, checked before anything is written
\ir requests/check_fields.sql
\ir requests/is_blank.sql
\ir requests/text_field.sql
\ir requests/whole_field.sql
\ir requests/flag_field.sql
\ir requests/uuid_field.sql
\ir requests/ids_field.sql
\ir requests/metadata_field.sql
\ir requests/run_at_field.sql
\ir requests/option_problem.sql
\ir requests/plan_models.sql
\ir requests/plan_choice.sql
\ir requests/plan_references.sql
\ir requests/plan_request.sql
\ir requests/live_generation.sql
\ir requests/live_image.sql
\ir requests/edit_models.sql
\ir requests/given_picture.sql
\ir requests/request_again.sql
\ir requests/references_again.sql
\ir requests/replay.sql
\ir requests/remember.sql

-- models: the catalogue, which is the operator's
\ir models/model_rules.sql
\ir models/check_model_changes.sql
\ir models/set_model.sql
\ir models/list_models_for_operator.sql

-- events: the log, its writers and its readers
\ir events/event_slot.sql
\ir events/append_events.sql
\ir events/credits_changed.sql
\ir events/ring_users.sql
\ir events/ring_progress.sql
\ir events/ring_workers.sql
\ir events/ring_cancelled.sql
\ir events/ring_revocations.sql

-- credits: the ledger
\ir credits/charge_user.sql
\ir credits/refund_jobs.sql
\ir credits/grant_credits.sql
\ir accounts/create_user.sql
\ir accounts/disable_user.sql
\ir accounts/enable_user.sql
\ir accounts/set_user_limits.sql
\ir accounts/create_api_key.sql
\ir accounts/revoke_api_key.sql

-- tokens: provider tokens and their slots
\ir tokens/keep_token_slots.sql
\ir tokens/needs_token.sql
\ir tokens/providers_with_tokens.sql
\ir tokens/free_token_slots.sql
\ir tokens/take_token_slots.sql
\ir tokens/return_unused_slots.sql
\ir tokens/free_lost_slots.sql
\ir tokens/forgive_tokens.sql
\ir tokens/blame_tokens.sql
\ir tokens/get_next_provider_token.sql
\ir tokens/check_encrypted.sql
\ir tokens/find_provider_token.sql
\ir tokens/provider_token_state.sql
\ir tokens/list_provider_tokens.sql
\ir tokens/add_provider_token.sql
\ir tokens/set_provider_token_active.sql
\ir tokens/remove_provider_token.sql
\ir tokens/encrypted_provider_secrets.sql
\ir tokens/replace_provider_secret.sql

-- queue: the life of a job, in the order it is lived
\ir queue/check_worker.sql
\ir queue/is_whole.sql
\ir queue/check_hint.sql
\ir queue/read_items.sql
\ir queue/charge_and_queue.sql
\ir queue/enter_queue.sql
\ir queue/promote_due.sql
\ir queue/next_due_at.sql
\ir queue/sleep_until.sql
\ir queue/providers_in_turn.sql
\ir queue/has_ready_jobs.sql
\ir queue/find_ready_jobs.sql
\ir queue/find_jobs_of_others.sql
\ir queue/advance_provider_clocks.sql
\ir queue/claim_jobs.sql
\ir queue/claim_next_job.sql
\ir queue/set_provider_ref.sql
\ir queue/heartbeat.sql
\ir queue/result_problem.sql
\ir queue/complete_jobs.sql
\ir queue/complete_job.sql
\ir queue/check_failures.sql
\ir queue/settle_failures.sql
\ir queue/fail_jobs.sql
\ir queue/fail_job.sql
\ir queue/release_jobs.sql
\ir queue/rescue_expired_leases.sql
\ir queue/leave_waiting_places.sql
\ir queue/cancel_jobs.sql
\ir queue/cancel_generations.sql
\ir queue/cancel_generation.sql
\ir queue/cancel_job.sql
\ir queue/cancel_batch.sql
\ir queue/cancel_queue.sql
\ir queue/pause_queue.sql
\ir queue/resume_queue.sql

-- history: results and edits cluster into cards
\ir history/card_title.sql
\ir history/leave_abandoned_card.sql
\ir generations/move_phases.sql
\ir generations/use_captions.sql
\ir generations/end_waiting_images.sql
\ir batches/count_batches.sql
\ir history/save_completed_generation_to_history.sql
\ir events/batches_finished.sql
\ir events/credits_refunded.sql
\ir events/append_ended_events.sql
\ir events/append_job_events.sql

-- uploads: pictures that users bring along, and the room for them
\ir uploads/check_storage.sql
\ir uploads/upload_reply.sql
\ir uploads/create_upload.sql

-- generations: what users ask for
\ir generations/enqueue.sql
\ir generations/created_reply.sql
\ir generations/create_generation.sql
\ir generations/shown_image.sql
\ir generations/create_edit.sql
\ir generations/import_generation.sql
\ir generations/retry_slots.sql
\ir generations/retry_generation.sql
\ir generations/regenerate_generation.sql

-- conversations: edits in turns
\ir conversations/turn_pictures.sql
\ir conversations/quiet_conversation.sql
\ir conversations/enqueue_turn.sql
\ir conversations/start_conversation.sql
\ir conversations/add_turn.sql

-- batches: many prompts over one set of settings
\ir batches/plan_batch_items.sql
\ir batches/enqueue_batch.sql
\ir batches/create_batch.sql
\ir batches/retry_batch.sql
\ir batches/regenerate_batch.sql

-- projects and collections: where things are made, and from which prompts
\ir projects/project_event.sql
\ir projects/project_fields.sql
\ir projects/create_project.sql
\ir projects/update_project.sql
\ir projects/delete_project.sql
\ir collections/collection_event.sql
\ir collections/template_fields.sql
\ir collections/write_templates.sql
\ir collections/create_collection.sql
\ir collections/update_collection.sql
\ir collections/delete_collection.sql

-- library: what users do with what they have: look at it, name it, throw it away, take it back
\ir library/generation_events.sql
\ir library/image_events.sql
\ir library/conversation_events.sql
\ir library/batch_events.sql
\ir library/source_events.sql
\ir library/changed_events.sql
\ir library/view_generations.sql
\ir library/mark_viewed.sql
\ir library/favour_images.sql
\ir library/check_selected_image.sql
\ir library/update_generation.sql
\ir library/update_image.sql
\ir library/update_batch.sql
\ir library/update_conversation.sql
\ir library/trash_age.sql
\ir library/trash_generations.sql
\ir library/trash_images.sql
\ir library/trash_conversations.sql
\ir library/restore_generations.sql
\ir library/restore_images.sql
\ir library/restore_conversations.sql
\ir library/drop_images.sql
\ir library/purge_images.sql
\ir library/purge_generations.sql
\ir library/purge_conversations.sql
\ir library/purge_trash.sql
\ir library/judge_items.sql
\ir library/apply_to_library.sql
\ir library/apply_to_one.sql
\ir library/trash.sql
\ir library/restore.sql
\ir library/purge.sql
\ir library/empty_trash.sql
\ir library/bulk.sql

-- maintenance: what any worker does now and then
\ir library/purge_expired_trash.sql
\ir library/next_object_deletions.sql
\ir library/confirm_object_deletions.sql
\ir events/truncate_event_slot.sql
\ir requests/drop_old_idempotency_keys.sql
\ir accounts/drop_expired_sign_ins.sql

-- invariants: what must be empty at every moment, and what mends
\ir invariants/misplaced_jobs.sql
\ir invariants/wrong_money.sql
\ir invariants/wrong_counts.sql
\ir invariants/sequence_gaps.sql
\ir maintenance/is_nowhere.sql
\ir maintenance/mend_jobs.sql

-- lists: how every list is asked for and answered
\ir events/head_seq.sql
\ir events/own_seq.sql
\ir lists/not_found.sql
\ir lists/read_time.sql
\ir lists/id_at.sql
\ir lists/read_range.sql
\ir lists/read_page.sql
\ir lists/list_reply.sql

-- reading: what clients see, each answer with the user's event number from the same snapshot
\ir gallery/search_pattern.sql
\ir gallery/search_patterns.sql
\ir gallery/search_query.sql
\ir gallery/matching_generations.sql
\ir gallery/matching_images.sql
\ir gallery/gallery_fields.sql
\ir gallery/search_edge.sql
\ir gallery/list_gallery.sql
\ir gallery/gallery_facets.sql
\ir gallery/list_trash.sql
\ir gallery/file_ending.sql
\ir gallery/image_file.sql
\ir gallery/get_image_file.sql
\ir gallery/get_upload_file.sql
\ir history/list_history.sql
\ir history/get_card.sql
\ir conversations/conversations_about.sql
\ir conversations/image_conversations.sql
\ir conversations/list_conversations.sql
\ir conversations/get_conversation.sql
\ir generations/lineage_of.sql
\ir generations/get_lineage.sql
\ir generations/get_generation.sql
\ir generations/list_generations.sql
\ir generations/get_queue.sql
\ir queue/get_job.sql
\ir batches/list_batches.sql
\ir batches/get_batch.sql
\ir projects/list_projects.sql
\ir projects/get_project.sql
\ir collections/list_collections.sql
\ir collections/get_collection.sql
\ir models/openai_model.sql
\ir models/list_models.sql
\ir models/get_model.sql
\ir credits/list_credits.sql
\ir accounts/get_me.sql

-- links and downloads: images for others, and many at once
\ir links/create_link.sql
\ir links/delete_link.sql
\ir links/link_objects.sql
\ir links/list_links.sql
\ir links/get_link.sql
\ir links/open_link.sql
\ir downloads/chosen_images.sql
\ir downloads/download_files.sql
\ir downloads/create_download.sql
\ir downloads/get_download.sql

-- the relay: who is watched, and what happened since
\ir events/event_epoch.sql
\ir events/deliver_events.sql
\ir events/read_events.sql
\ir events/watch_user.sql
\ir events/renew_watches.sql
\ir events/lapsed_sign_ins.sql
\ir accounts/use_event_ticket.sql

-- report: views for people who write SQL, a contract
\ir report/images.sql
\ir report/batches.sql
\ir report/batch_items.sql
\ir report/jobs.sql
\ir report/credits.sql
\ir report/models.sql
\ir report/daily_usage.sql
\ir report/provider_tokens.sql

-- operations: what an operator should look at
\ir operations/instance_id.sql
\ir operations/diagnose.sql
\ir maintenance/known_objects.sql
\ir operations/tally_jobs.sql
\ir operations/metrics.sql

-- grants: who may do what. Last, since it names what the files above made
\ir grants.sql
