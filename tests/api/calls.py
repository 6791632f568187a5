"""One good call of every operation, by what the user has; and each place where a call takes an id."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from api import routes
from api.sse import MEDIA_TYPE as STREAM
from darkroom.secrets import hash_token, new_api_key
from darkroom.sessions import new_token
from tests.api import pictures, storing
from tests.sql import engine
from tests.sql.engine import INK, WATERCOLOR
from tests.sql.inputs import things_of
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from api.operations import Operation
    from tests.api.processes import Api
    from tests.conftest import Connection

OPERATIONS = {each.name: each for each in routes.OPERATIONS}


@dataclass(frozen=True)
class Ids:
    """What there is to name, one of each kind. Everything is a text, as it stands in paths and bodies."""

    key: str
    done: str
    waiting: str
    failed: str
    trashed: str
    trashed_image: str
    trashed_conversation: str
    card: str
    image: str
    upload: str
    project: str
    collection: str
    template: str
    batch: str
    conversation: str
    job: str
    link: str
    link_token: str
    download: str


NOBODYS = Ids(**{each.name: str(uuid4()) for each in fields(Ids)} | {"job": "999999999"})


@dataclass(frozen=True)
class Call:
    path: str
    body: dict[str, Any] | None = None
    picture: str = ""  # the part of a form that it goes in

    def send(self, http: httpx.Client, operation: Operation, **options: Any) -> httpx.Response:
        """The answer; of a stream as much as was there when it began. Browsers' calls come from a page of ours."""
        how: dict[str, Any] = {"json": self.body}
        if self.picture:
            how = {"data": self.body, "files": {self.picture: ("a.png", pictures.GOOD, "image/png")}}
        if operation.public:
            options["headers"] = {"Origin": str(http.base_url).rstrip("/")} | options.get("headers", {})
        with http.stream(operation.method, f"/v1{self.path}", **how, **options) as answer:
            if not answer.headers.get("content-type", "").startswith(STREAM):
                answer.read()
                return answer
            there = what_is_there(answer)
            return httpx.Response(answer.status_code, headers=answer.headers, content=there, request=answer.request)


def what_is_there(stream: httpx.Response) -> bytes:
    """Of a stream of events, up to the number that its user's log had reached."""
    head, found = int(stream.headers["darkroom-seq"]), b""
    for piece in stream.iter_bytes():
        found += piece
        places = re.findall(rb"^id: .*\.([0-9]+)\n(?=(?:.+\n)*\n)", found, re.MULTILINE)
        if places and int(places[-1]) >= head:
            return found
    raise AssertionError(f"the stream ended before {head}: {found!r}")


def person(api: Api, db: Connection, name: str) -> tuple[httpx.Client, Ids]:
    """A user who has one of everything, and the client that is signed in as it."""
    engine.work_off(db)  # what others left ready would be claimed in its place
    things = things_of(db, name)
    thrown = engine.call(db, "start_conversation", {"image_id": str(things.image), "prompt": "no"})["conversation"][
        "id"
    ]
    engine.work_off(db)
    engine.call(db, "trash", "conversation", thrown)
    collection = engine.call(db, "get_collection", things.collection)["collection"]
    token = new_token()
    engine.call(db, "create_link", str(things.image), hash_token(token), {})
    key = new_api_key()
    engine.call(db, "create_api_key", things.user, key.sha256, key.last_four)
    store_objects(api, db, things.user)
    named = {each.name: str(getattr(things, each.name)) for each in fields(Ids) if hasattr(things, each.name)} | {
        "key": key.text,
        "trashed_conversation": thrown,
        "template": collection["templates"][0]["id"],
        "job": str(things.waiting_job),
        "link": str(things.image_link),
        "link_token": token,
    }
    return httpx.Client(
        base_url=api.url, headers={"Authorization": f"Bearer {key.text}"}, timeout=WAIT_SECONDS_MAX
    ), Ids(**named)


def store_objects(api: Api, db: Connection, user: UUID) -> None:
    """What is recorded of a user's pictures lies in the storage, in as many bytes as it is recorded with."""
    for table in ("images", "uploads"):
        for file in engine.rows(db, f"select object_key, bytes from darkroom.{table} where user_id = %s", user):
            storing.put(api, file["object_key"], pictures.GOOD.ljust(file["bytes"], b"\0"))


GOOD: dict[str, Callable[[Ids], Call]] = {
    "create_generation": lambda _: Call("/generations", {"prompt": "a fox"}),
    "import_generation": lambda i: Call("/generations/import", {"upload_id": i.upload}),
    "list_generations": lambda _: Call("/generations"),
    "get_generation": lambda i: Call(f"/generations/{i.done}?include=lineage,conversations"),
    "update_generation": lambda i: Call(f"/generations/{i.done}", {"name": "Fox"}),
    "delete_generation": lambda i: Call(f"/generations/{i.done}"),
    "restore_generation": lambda i: Call(f"/generations/{i.trashed}/restore", {}),
    "view_generation": lambda i: Call(f"/generations/{i.done}/view", {}),
    "cancel_generation": lambda i: Call(f"/generations/{i.waiting}/cancel", {}),
    "retry_generation": lambda i: Call(f"/generations/{i.failed}/retry", {}),
    "regenerate_generation": lambda i: Call(f"/generations/{i.done}/regenerate", {}),
    "create_edit": lambda i: Call(f"/generations/{i.done}/edits", {"prompt": "snow"}),
    "get_lineage": lambda i: Call(f"/generations/{i.done}/lineage"),
    "get_queue": lambda _: Call("/queue"),
    "view_queue": lambda i: Call("/queue/viewed", {"ids": [i.done]}),
    "pause_queue": lambda _: Call("/queue/pause", {}),
    "resume_queue": lambda _: Call("/queue/resume", {}),
    "cancel_queue": lambda i: Call("/queue/cancel", {"batch_id": i.batch, "project_id": i.project}),
    "get_job": lambda i: Call(f"/jobs/{i.job}"),
    "cancel_job": lambda i: Call(f"/jobs/{i.job}/cancel", {}),
    "list_history": lambda _: Call("/history"),
    "get_card": lambda i: Call(f"/history/{i.card}"),
    "delete_card": lambda i: Call(f"/history/{i.card}"),
    "list_gallery": lambda _: Call("/gallery?layout=images"),
    "gallery_facets": lambda _: Call("/gallery/facets"),
    "update_image": lambda i: Call(f"/images/{i.image}", {"favourite": True}),
    "delete_image": lambda i: Call(f"/images/{i.image}"),
    "restore_image": lambda i: Call(f"/images/{i.image}/restore", {}),
    "image_conversations": lambda i: Call(f"/images/{i.image}/conversations"),
    "bulk": lambda i: Call("/bulk", {"action": "view", "items": [{"kind": "generation", "id": i.done}]}),
    "list_trash": lambda _: Call("/trash"),
    "empty_trash": lambda _: Call("/trash"),
    "purge": lambda i: Call(f"/trash/generation/{i.trashed}"),
    "start_conversation": lambda i: Call("/conversations", {"image_id": i.image, "prompt": "snow"}),
    "add_turn": lambda i: Call(f"/conversations/{i.conversation}/turns", {"prompt": "snow"}),
    "list_conversations": lambda _: Call("/conversations"),
    "get_conversation": lambda i: Call(f"/conversations/{i.conversation}"),
    "update_conversation": lambda i: Call(f"/conversations/{i.conversation}", {"title": "Fox"}),
    "delete_conversation": lambda i: Call(f"/conversations/{i.conversation}?with_posts=true"),
    "restore_conversation": lambda i: Call(f"/conversations/{i.trashed_conversation}/restore", {}),
    "create_batch": lambda i: Call("/batches", {"collection_id": i.collection, "models": [WATERCOLOR]}),
    "list_batches": lambda _: Call("/batches"),
    "get_batch": lambda i: Call(f"/batches/{i.batch}"),
    "update_batch": lambda i: Call(f"/batches/{i.batch}", {"name": "Foxes"}),
    "cancel_batch": lambda i: Call(f"/batches/{i.batch}/cancel", {}),
    "view_batch": lambda i: Call(f"/batches/{i.batch}/view", {}),
    "retry_batch": lambda i: Call(f"/batches/{i.batch}/retry", {}),
    "regenerate_batch": lambda i: Call(f"/batches/{i.batch}/regenerate", {"seed": "same"}),
    "create_collection": lambda _: Call("/collections", {"name": "Foxes", "templates": []}),
    "list_collections": lambda _: Call("/collections"),
    "get_collection": lambda i: Call(f"/collections/{i.collection}"),
    "update_collection": lambda i: Call(f"/collections/{i.collection}", {"name": "Foxes"}),
    "delete_collection": lambda i: Call(f"/collections/{i.collection}"),
    "create_project": lambda _: Call("/projects", {"name": "Foxes"}),
    "list_projects": lambda _: Call("/projects"),
    "get_project": lambda i: Call(f"/projects/{i.project}"),
    "update_project": lambda i: Call(f"/projects/{i.project}", {"version": 1, "name": "Foxes"}),
    "delete_project": lambda i: Call(f"/projects/{i.project}"),
    "get_me": lambda _: Call("/me"),
    "list_credits": lambda _: Call("/credits"),
    "list_models": lambda _: Call("/models"),
    "get_model": lambda _: Call("/models/sketch/ink"),
    "get_image_file": lambda i: Call(f"/images/{i.image}/file?download=1"),
    "get_upload_file": lambda i: Call(f"/uploads/{i.upload}/file"),
    "create_upload": lambda _: Call("/uploads", picture="file"),
    "create_link": lambda i: Call(f"/images/{i.image}/links", {"expires_in": 60}),
    "list_links": lambda _: Call("/links"),
    "get_link": lambda i: Call(f"/links/{i.link}"),
    "delete_link": lambda i: Call(f"/links/{i.link}"),
    "open_link": lambda i: Call(f"/s/{i.link_token}"),
    "create_download": lambda i: Call("/downloads", {"image_ids": [i.image]}),
    "get_download": lambda i: Call(f"/downloads/{i.download}"),
    "poll_events": lambda _: Call("/events?after=0"),
    "stream_events": lambda _: Call("/events/stream?after=0"),
    "sign_in": lambda i: Call("/session", {"api_key": i.key}),
    "sign_out": lambda _: Call("/session"),
    "create_ticket": lambda _: Call("/events/tickets"),
    "generate_images": lambda _: Call("/images/generations", {"prompt": "a fox", "response_format": "url"}),
    "edit_images": lambda _: Call("/images/edits", {"prompt": "snow", "user": "customer 7"}, picture="image"),
}

# What takes references, in a form that leaves the other fields that take ids alone.
ASKING: dict[str, Callable[[Ids], Call]] = {
    name: GOOD[name] for name in ("create_generation", "create_edit", "start_conversation", "add_turn")
} | {"create_batch": lambda _: Call("/batches", {"items": [{"prompt": "a"}], "models": [INK]})}


def with_field(call: Call, **changed: Any) -> Call:
    return replace(call, body=(call.body or {}) | changed)


def field_calls(mine: Ids, other: Ids) -> list[tuple[str, str, Call]]:
    """Calls that are right but for one id in their body, which is the other's: operation, field, call."""
    found: list[tuple[str, str, dict[str, Any]]] = [
        ("create_generation", "project_id", {"project_id": other.project}),
        ("import_generation", "upload_id", {"upload_id": other.upload}),
        ("import_generation", "project_id", {"project_id": other.project}),
        ("create_edit", "image_id", {"image_id": other.image}),
        ("update_generation", "selected_image_id", {"selected_image_id": other.image}),
        ("update_generation", "project_id", {"project_id": other.project}),
        ("view_queue", "ids", {"ids": [mine.done, other.done]}),
        ("cancel_queue", "batch_id", {"batch_id": other.batch}),
        ("cancel_queue", "project_id", {"project_id": other.project}),
        ("start_conversation", "image_id", {"image_id": other.image}),
        ("create_batch", "collection_id", {"collection_id": other.collection}),
        ("create_batch", "project_id", {"project_id": other.project}),
        ("create_collection", "templates.id", {"templates": [{"id": other.template, "name": "x", "prompt": "y"}]}),
        ("update_collection", "templates.id", {"templates": [{"id": other.template, "name": "x", "prompt": "y"}]}),
        ("create_download", "image_ids", {"image_ids": [mine.image, other.image]}),
        ("create_download", "generation_ids", {"generation_ids": [mine.done, other.done]}),
        ("create_download", "card_ids", {"card_ids": [mine.card, other.card]}),
        ("create_download", "batch_id", {"batch_id": other.batch}),
    ]
    calls = [(name, field, with_field(GOOD[name](mine), **body)) for name, field, body in found]
    for name, good in ASKING.items():
        for field, thing in (("image_id", other.image), ("upload_id", other.upload)):
            given = with_field(good(mine), references=[{field: thing}])
            calls.append((name, f"references.{field}", given))
    return calls


def query_calls(other: Ids) -> list[tuple[str, str, Call]]:
    """Lists that are filtered by somebody else's id: operation, parameter, call."""
    things = {
        "project_id": other.project,
        "batch_id": other.batch,
        "conversation_id": other.conversation,
        "card_id": other.card,
        "collection_id": other.collection,
        "source_image_id": other.image,
        "image_id": other.image,
        "generation_id": other.done,
    }
    lists = {
        "list_generations": ("project_id", "batch_id", "conversation_id", "card_id"),
        "list_history": ("project_id", "batch_id", "collection_id"),
        "list_gallery": ("project_id", "batch_id", "collection_id"),
        "gallery_facets": ("project_id", "batch_id", "collection_id"),
        "list_batches": ("project_id", "collection_id"),
        "list_conversations": ("source_image_id",),
        "list_links": ("image_id",),
        "stream_events": ("project_id", "batch_id", "generation_id", "conversation_id", "card_id"),
    }
    start = {"stream_events": "after=0&"}
    return [
        (name, field, Call(f"{GOOD[name](other).path.partition('?')[0]}?{start.get(name, '')}{field}={things[field]}"))
        for name, names in lists.items()
        for field in names
    ]
