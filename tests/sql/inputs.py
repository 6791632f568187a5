"""One good call of every public function, in a world where each kind of thing exists twice: ann's and bob's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.types.json import Jsonb

from tests.sql.engine import (
    INK,
    SECRET,
    add_token,
    call,
    claim,
    complete,
    create,
    fail,
    generation_of,
    new_user,
    result_for,
    row,
    upload,
    value,
)

if TYPE_CHECKING:
    from tests.conftest import Connection

Args = dict[str, Any]


@dataclass(frozen=True)
class Things:
    """What a user has, one of each kind."""

    user: UUID
    key: UUID
    key_sha256: bytes
    session_sha256: bytes
    link_sha256: bytes
    image_link: UUID
    image_link_sha256: bytes
    download: UUID
    done: UUID
    waiting: UUID
    failed: UUID
    trashed: UUID
    trashed_image: UUID
    card: UUID
    image: UUID
    upload: UUID
    project: UUID
    collection: UUID
    batch: UUID
    conversation: UUID
    waiting_job: int
    running_job: int
    running_lease: int
    running: dict[str, Any]


@dataclass(frozen=True)
class World:
    ann: Things
    bob: Things
    token: UUID


def build(db: Connection) -> World:
    ann, bob = things_of(db, "ann"), things_of(db, "bob")
    return World(ann, bob, add_token(db, "replicate"))


def things_of(db: Connection, name: str) -> Things:
    user = new_user(db, name, 500)
    digest = hashlib.sha256(name.encode()).digest()
    key = value(db, "select id from darkroom.create_api_key(%s, %s, 'abcd')", user, digest)
    session, link = (hashlib.sha256(f"{name}'s {what}".encode()).digest() for what in ("session", "link"))
    db.execute("select darkroom.create_session(%s, %s)", (digest, session))
    db.execute("select darkroom.create_sign_in_link(%s, %s)", (user, link))
    photo = upload(db, user, f"photo-of-{name}")
    project = call(db, "create_project", {"name": "Shop"})["project"]["id"]
    collection = call(
        db, "create_collection", {"name": "Spring", "templates": [{"name": "Red", "prompt": "a red one"}]}
    )
    done = create(db, user, project_id=project)
    complete(db, claim(db, 10))
    image = generation_of(db, user, done["id"])["images"][0]["id"]
    trashed = create(db, user)
    complete(db, claim(db, 10))
    call(db, "trash", "generation", trashed["id"])
    failed = create(db, user)
    fail(db, claim(db)[0], "invalid")
    batch = call(db, "create_batch", {"items": [{"prompt": "a"}, {"prompt": "b"}], "models": [INK]})["batch"]["id"]
    for job in claim(db, 2):
        fail(db, job, "moderated")
    conversation = call(db, "start_conversation", {"image_id": image, "prompt": "at night"})["conversation"]["id"]
    complete(db, claim(db, 10))
    image_link = hashlib.sha256(f"{name}'s link to an image".encode()).digest()
    link_id = call(db, "create_link", image, image_link, {})["link"]["id"]
    download = call(db, "create_download", {"image_ids": [image]})["download"]["id"]
    create(db, user)
    running = claim(db, 1, worker=f"{name}'s worker", lease="1 day")[0]
    waiting = create(db, user, run_at=value(db, "select darkroom.json_time(clock_timestamp() + interval '1 day')"))
    return Things(
        user=user,
        key=key,
        key_sha256=digest,
        session_sha256=session,
        link_sha256=link,
        image_link=UUID(link_id),
        image_link_sha256=image_link,
        download=UUID(download),
        done=UUID(done["id"]),
        waiting=UUID(waiting["id"]),
        failed=UUID(failed["id"]),
        trashed=UUID(trashed["id"]),
        trashed_image=row(db, "select id from darkroom.images where generation_id = %s", trashed["id"])["id"],
        card=UUID(done["card_id"]),
        image=UUID(image),
        upload=UUID(photo),
        project=UUID(project),
        collection=UUID(collection["collection"]["id"]),
        batch=UUID(batch),
        conversation=UUID(conversation),
        waiting_job=waiting["jobs"][0]["id"],
        running_job=running["job_id"],
        running_lease=running["lease_no"],
        running=running,
    )


def good_calls(world: World, now: Any) -> dict[str, Args]:
    """By function, named arguments that it accepts. A new public function needs a line here."""
    ann = world.ann
    lease = {"job_id": ann.running_job, "lease_no": ann.running_lease}
    empty: Jsonb = Jsonb({})
    return {
        # What clients ask for.
        "create_generation": {"p_request": Jsonb({"prompt": "a fox"})},
        "create_edit": {"p_request": Jsonb({"generation_id": str(ann.done), "prompt": "red"})},
        "create_batch": {"p_request": Jsonb({"items": [{"prompt": "a"}]})},
        "start_conversation": {"p_request": Jsonb({"image_id": str(ann.image), "prompt": "red"})},
        "add_turn": {"p_request": Jsonb({"conversation_id": str(ann.conversation), "prompt": "red"})},
        "import_generation": {"p_request": Jsonb({"upload_id": str(ann.upload)})},
        "cancel_generation": {"p_id": ann.waiting},
        "cancel_job": {"p_job": ann.waiting_job},
        "cancel_batch": {"p_id": ann.batch},
        "cancel_queue": {"p_scope": "all", "p_batch": ann.batch, "p_project": ann.project},
        "pause_queue": {},
        "resume_queue": {},
        "retry_generation": {"p_id": ann.failed, "p_request": empty},
        "retry_batch": {"p_id": ann.batch, "p_request": empty},
        "regenerate_generation": {"p_id": ann.done, "p_changes": empty},
        "regenerate_batch": {"p_id": ann.batch, "p_changes": empty},
        # What they keep.
        "mark_viewed": {"p_ids": [ann.done]},
        "trash": {"p_kind": "generation", "p_id": ann.done, "p_with_posts": False},
        "restore": {"p_kind": "generation", "p_id": ann.trashed},
        "purge": {"p_kind": "generation", "p_id": ann.trashed, "p_with_posts": False},
        "empty_trash": {"p_limit": 10},
        "bulk": {"p_action": "view", "p_items": Jsonb([{"kind": "generation", "id": str(ann.done)}])},
        "update_generation": {"p_id": ann.done, "p_changes": Jsonb({"name": "Fox"})},
        "update_image": {"p_id": ann.image, "p_changes": Jsonb({"favourite": True})},
        "update_batch": {"p_id": ann.batch, "p_changes": Jsonb({"name": "Foxes"})},
        "update_conversation": {"p_id": ann.conversation, "p_changes": Jsonb({"title": "Foxes"})},
        "create_project": {"p_request": Jsonb({"name": "Shop"})},
        "update_project": {"p_id": ann.project, "p_changes": Jsonb({"name": "Store", "version": 1})},
        "delete_project": {"p_id": ann.project},
        "create_collection": {"p_request": Jsonb({"name": "Summer", "templates": []})},
        "update_collection": {"p_id": ann.collection, "p_changes": Jsonb({"name": "Autumn"})},
        "delete_collection": {"p_id": ann.collection},
        "create_upload": {
            "p_upload": Jsonb(
                {
                    "object_key": "k",
                    "content_type": "image/png",
                    "bytes": 9,
                    "width": 3,
                    "height": 3,
                    "sha256": "ab" * 32,
                }
            )
        },
        "create_link": {
            "p_image": ann.image,
            "p_sha256": hashlib.sha256(b"another link").digest(),
            "p_request": Jsonb({"expires_in": 60}),
        },
        "delete_link": {"p_id": ann.image_link},
        "create_download": {"p_request": Jsonb({"image_ids": [str(ann.image)]})},
        # What they look at.
        "get_generation": {"p_id": ann.done, "p_include": ["lineage"]},
        "list_generations": {"p_filter": empty},
        "get_lineage": {"p_id": ann.done},
        "get_queue": {},
        "get_job": {"p_id": ann.running_job},
        "list_history": {"p_filter": empty},
        "get_card": {"p_id": ann.card},
        "list_gallery": {"p_filter": empty},
        "gallery_facets": {"p_filter": empty},
        "list_trash": {"p_filter": empty},
        "get_image_file": {"p_image": ann.image, "p_size": "thumb"},
        "get_upload_file": {"p_upload": ann.upload},
        "get_download": {"p_id": ann.download},
        "list_batches": {"p_filter": empty},
        "get_batch": {"p_id": ann.batch},
        "list_conversations": {"p_filter": empty},
        "get_conversation": {"p_id": ann.conversation},
        "image_conversations": {"p_image": ann.image},
        "list_projects": {"p_filter": empty},
        "get_project": {"p_id": ann.project},
        "list_collections": {"p_filter": empty},
        "get_collection": {"p_id": ann.collection},
        "list_models": {"p_filter": empty},
        "get_model": {"p_id": INK},
        "list_links": {"p_filter": empty},
        "get_link": {"p_id": ann.image_link},
        "list_credits": {"p_filter": empty},
        "get_me": {},
        "read_events": {"p_after": 0, "p_limit": 5},
        # The relay.
        "watch_user": {"p_user": ann.user},
        "renew_watches": {"p_users": [ann.user]},
        "deliver_events": {"p_cursors": Jsonb([{"user_id": str(ann.user), "after": 0}]), "p_limit": 5},
        "lapsed_sign_ins": {"p_users": [ann.user], "p_keys": [None], "p_sessions": [None]},
        "user_for_key": {"p_sha256": ann.key_sha256},
        "sign_in": {"p_key": ann.key_sha256},
        "own_seq": {},
        "create_session": {"p_key": ann.key_sha256, "p_token": hashlib.sha256(b"session").digest()},
        "use_sign_in_link": {"p_link": ann.link_sha256, "p_token": hashlib.sha256(b"session").digest()},
        "end_session": {"p_session": ann.session_sha256},
        "create_event_ticket": {
            "p_sha256": hashlib.sha256(b"ticket").digest(),
            "p_session": hashlib.sha256(b"session").digest(),
            "p_until": now,
        },
        "use_event_ticket": {"p_sha256": hashlib.sha256(b"no ticket").digest()},
        "open_link": {"p_sha256": ann.image_link_sha256, "p_size": "thumb"},
        "metrics": {},
        "instance_id": {},
        "current_user_id": {},
        "clock": {},
        # Workers.
        "claim_jobs": {
            "p_worker": "w",
            "p_limit": 1,
            "p_providers": ["nobody"],
            "p_lease": "60 s",
            "p_hint": Jsonb({"nobody": [0, 1, 1]}),
        },
        "claim_next_job": {"p_worker": "w", "p_providers": ["nobody"]},
        "heartbeat": {"p_worker": "ann's worker", "p_leases": Jsonb([lease])},
        "set_provider_ref": {"p_job": ann.running_job, "p_lease_no": ann.running_lease, "p_ref": "r1"},
        "complete_job": {
            "p_job": ann.running_job,
            "p_lease_no": ann.running_lease,
            "p_result": Jsonb(result_for(ann.running)),
        },
        "complete_jobs": {"p": Jsonb([lease | {"result": result_for(ann.running)}])},
        "fail_job": {
            "p_job": ann.running_job,
            "p_lease_no": ann.running_lease,
            "p_class": "transient",
            "p_message": "no answer",
            "p_retry_after": "30 s",
        },
        "fail_jobs": {"p": Jsonb([lease | {"class": "transient", "message": "no answer"}])},
        "release_jobs": {"p_leases": Jsonb([lease])},
        "promote_due": {},
        "next_due_at": {},
        "sleep_until": {"p_providers": ["sketch"], "p_until": now},
        "rescue_expired_leases": {},
        "get_next_provider_token": {"p_provider": "replicate"},
        "providers_with_tokens": {"p_providers": ["replicate"]},
        "ring_users": {"p_users": [ann.user]},
        "ring_progress": {"p_jobs": Jsonb([{"job_id": 1, "lease_no": 1, "state": "starting"}])},
        "mend_jobs": {},
        "purge_expired_trash": {"p_limit": 10},
        "next_object_deletions": {"p_limit": 10},
        "confirm_object_deletions": {"p_ids": [1]},
        "truncate_event_slot": {},
        "drop_old_idempotency_keys": {"p_limit": 10},
        "drop_expired_sign_ins": {"p_limit": 10},
        "tally_jobs": {
            "p_tallies": Jsonb(
                [
                    {
                        "provider": "sketch",
                        "kind": "image",
                        "outcome": "completed",
                        "jobs": 1,
                        "seconds": 0.5,
                        "buckets": [1] + [0] * 8,
                    }
                ]
            )
        },
        # Operators.
        "create_user": {"p_name": "carl", "p_credits": 5},
        "find_user": {"p_name_or_id": "ann"},
        "list_users": {},
        "set_user_limits": {"p_user": ann.user, "p_limits": Jsonb({"max_priority": 1})},
        "disable_user": {"p_user": ann.user},
        "enable_user": {"p_user": ann.user},
        "grant_credits": {"p_user": ann.user, "p_amount": 5, "p_reference": "payment 1"},
        "create_api_key": {
            "p_user": ann.user,
            "p_sha256": hashlib.sha256(b"another").digest(),
            "p_last_four": "wxyz",
            "p_label": "laptop",
        },
        "list_api_keys": {"p_user": ann.user},
        "revoke_api_key": {"p_key": ann.key},
        "create_sign_in_link": {"p_user": ann.user, "p_sha256": hashlib.sha256(b"link").digest()},
        "list_models_for_operator": {},
        "set_model": {"p_id": INK, "p_changes": Jsonb({"credits_per_call": 2})},
        "add_provider_token": {
            "p_provider": "fal",
            "p_label": "one",
            "p_secret_encrypted": SECRET,
            "p_max_in_flight": 2,
        },
        "list_provider_tokens": {},
        "set_provider_token_active": {"p_token": world.token, "p_active": False},
        "remove_provider_token": {"p_token": world.token},
        "encrypted_provider_secrets": {},
        "replace_provider_secret": {"p_token": world.token, "p_was": SECRET, "p_secret_encrypted": SECRET},
        "diagnose": {"p_thorough": False},
        "known_objects": {},
        # Expressions.
        "error_sentence": {"p_class": "invalid"},
        "image_url": {"p_image": ann.image, "p_size": "full"},
        "upload_url": {"p_upload": ann.upload},
    }
