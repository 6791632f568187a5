"""What users have, made as they make it: asked for over HTTP, worked off by a worker's calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sql import engine
from tests.sql.engine import INK

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

Object = dict[str, Any]
TRIES_MAX = 20


def asked(user: User, **request: Any) -> Object:
    """A generation that was just asked for."""
    made: Object = user.post("/generations", {"prompt": "a lighthouse", "models": [INK]} | request, status=202)
    generation: Object = made["generation"]
    return generation


def finished(user: User, db: Connection, **request: Any) -> Object:
    """A generation with all its images."""
    generation = asked(user, **request)
    engine.work_off(db)
    return read(user, generation)


def failed(user: User, db: Connection, **request: Any) -> Object:
    """A generation whose calls all failed for good."""
    generation = asked(user, **request)
    fail_jobs(db, {job["id"] for job in generation["jobs"]})
    return read(user, generation)


def running(user: User, db: Connection, **request: Any) -> tuple[Object, list[Object]]:
    """A generation that is being made, and its claimed jobs."""
    generation = asked(user, **request)
    jobs = claimed(db, {job["id"] for job in generation["jobs"]})
    return read(user, generation), jobs


def fail_jobs(db: Connection, ids: set[int], kind: str = "moderated") -> None:
    for job in claimed(db, ids):
        engine.fail(db, job, kind, "the provider's own words")


def claimed(db: Connection, ids: set[int]) -> list[Object]:
    """These jobs, claimed; whatever else was ready is completed on the way."""
    mine: list[Object] = []
    for _ in range(TRIES_MAX):
        jobs = engine.claim(db, 100, lease="1 hour")
        mine += [job for job in jobs if job["job_id"] in ids]
        engine.complete(db, [job for job in jobs if job["job_id"] not in ids])
        if len(mine) == len(ids):
            return mine
    raise AssertionError(f"only {mine} of {ids} could be claimed")


def read(user: User, generation: Object) -> Object:
    found: Object = user.get(f"/generations/{generation['id']}")
    return found


def uploaded(user: User, db: Connection, name: str = "photo") -> str:
    """The id of an upload, put there as the API's own upload call does."""
    return engine.upload(db, user.id, name)
