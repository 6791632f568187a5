"""Whatever looks different after a step was named by an event of that step: clients never need to read again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from darkroom.errors import DarkroomError, translate
from tests.sql.engine import call, events, invariants, row, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tests.conftest import Connection

# Objects of clients, by the column of an event that names them.
OBJECTS = {
    "generation_id": ("generation_objects", "generations", "uuid"),
    "card_id": ("card_objects", "history_cards", "uuid"),
    "image_id": ("image_objects", "images", "uuid"),
    "job_id": ("job_objects", "jobs", "bigint"),
    "batch_id": ("batch_objects", "batches", "uuid"),
    "conversation_id": ("conversation_objects", "conversations", "uuid"),
    "project_id": ("project_objects", "projects", "uuid"),
    "collection_id": ("collection_objects", "collections", "uuid"),
}
ESTIMATES = {"queue_position", "eta_seconds"}

World = dict[tuple[str, str], dict[str, Any]]


def world_of(db: Connection, user: UUID) -> World:
    """Everything this user can see, as the product shows it."""
    world: World = {}
    for column, (builder, table, id_type) in OBJECTS.items():
        query = f"""
          select o.id::text, o.object from darkroom.{builder}(%s, array(
            select t.id from darkroom.{table} as t where t.user_id = %s)::{id_type}[]) as o
        """
        for found in rows(db, query, user, user):
            world[column, found["id"]] = {k: v for k, v in found["object"].items() if k not in ESTIMATES}
    return world


def head_of(db: Connection, user: UUID) -> dict[str, Any]:
    return row(
        db,
        "select seq, active_count, unviewed_count, active_jobs, storage_bytes "
        "from darkroom.event_heads where user_id = %s",
        user,
    )


@contextmanager
def announced(db: Connection, user: UUID) -> Iterator[list[str]]:
    """Run a step; the list holds the kinds of its events afterwards. The invariants hold as well."""
    before, seq = world_of(db, user), head_of(db, user)["seq"]
    seen: list[str] = []
    yield seen
    happened = events(db, user, seq)
    seen += [e["kind"] for e in happened]
    after = world_of(db, user)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    named = {(column, str(e[column])) for e in happened for column in OBJECTS if e[column] is not None}
    purged = {str(e["generation_id"]) for e in happened if e["kind"] == "generation.purged"}
    unheard = {
        key for key in changed - named if key in after or before[key].get("generation_id") not in purged
    }  # images and jobs go with their generation
    assert not unheard, {key: _difference(before.get(key), after.get(key)) for key in unheard}
    invariants(db)


@contextmanager
def unchanged(db: Connection, user: UUID) -> Iterator[None]:
    """Run a step that must not change anything of this user, and must not be heard of."""
    before, head = world_of(db, user), head_of(db, user)
    yield
    assert world_of(db, user) == before
    assert head_of(db, user) == head
    invariants(db)


def _difference(before: dict[str, Any] | None, after: dict[str, Any] | None) -> Any:
    if before is None or after is None:
        return "appeared" if before is None else "vanished"
    return {k: (before.get(k), after.get(k)) for k in before if before.get(k) != after.get(k)}


def refused(db: Connection, user: UUID, function: str, *args: Any) -> DarkroomError:
    """The refusal of a call that must be refused and must not change anything of this user."""
    with pytest.raises(psycopg.Error) as refusal, unchanged(db, user):
        call(db, function, *args)
    error = translate(refusal.value)
    assert error is not None, refusal.value
    return error
