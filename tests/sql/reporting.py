"""A small history for reports to report on, made by real calls, and a login that reads it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from tests.sql.engine import BANANA, INK, act_as, add_token, call, claim, complete, create, fail, new_user, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connection

PASSWORD = "only in tests"
RAW_ERROR = "upstream said: account 4711 of key sk-live-0815 is on fire"


@dataclass(frozen=True)
class History:
    user: UUID
    other: UUID
    batch: UUID
    collection: UUID
    upload: UUID
    token: UUID


@contextlib.contextmanager
def report_login(admin: Connection, database: str) -> Iterator[Connection]:
    """A session that really logged in as darkroom_report: a role's settings come with the login."""
    admin.execute(f"alter role darkroom_report login password '{PASSWORD}'".encode())
    try:
        with psycopg.connect(
            database, user="darkroom_report", password=PASSWORD, autocommit=True, row_factory=dict_row
        ) as conn:
            yield conn
    finally:
        admin.execute("alter role darkroom_report nologin password null")


def make_history(db: Connection) -> History:
    """A batch of three templates, of which one fails; an image beside it; another user's image; a resting token."""
    token = add_token(db, label="the good one")
    other = new_user(db, "bob")
    create(db, other, "a secret of bob's")
    user = new_user(db, "ann")
    create(db, user, "a lone lighthouse")
    act_as(db, user)
    templates = [{"name": name, "prompt": f"a house in {name}"} for name in ("Spring", "Summer", "Autumn")]
    collection = call(db, "create_collection", {"name": "Seasons", "templates": templates})
    upload = call(
        db,
        "create_upload",
        {"object_key": "up", "content_type": "image/png", "bytes": 9, "width": 3, "height": 3, "sha256": "ab" * 32},
    )
    request = {
        "collection_id": ident(collection, "collection"),
        "models": [INK],
        "references": [{"upload_id": ident(upload, "upload")}],
    }
    batch = call(db, "create_batch", request)
    work_off_but(db, "Summer")
    create(db, other, "a banana", models=[BANANA])
    fail(db, claim(db)[0], "rate_limited", RAW_ERROR, "60 s")
    return History(
        user,
        other,
        UUID(ident(batch, "batch")),
        UUID(ident(collection, "collection")),
        UUID(ident(upload, "upload")),
        token,
    )


def work_off_but(db: Connection, unlucky: str) -> None:
    """Each job in a call of its own, so that their images come one after the other."""
    while jobs := claim(db):
        (job,) = jobs
        if unlucky in job["payload"]["prompt"]:
            fail(db, job, "moderated", RAW_ERROR)
        else:
            complete(db, job)


def ident(reply: dict[str, Any], kind: str) -> str:
    return str((reply.get(kind) or reply)["id"])


def credits_of(db: Connection, user: UUID) -> int:
    return int(value(db, "select credits from darkroom.users where id = %s", user))
