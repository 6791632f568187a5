"""Whatever is left lying about is cleared away by any worker, by one at a time, and never waited for."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from darkroom.database import borrowed, open_pool
from darkroom.endless import ended
from darkroom.errors import StorageError, UnavailableError
from darkroom.maintenance import CHORES, do_alone
from darkroom.objects import open_objects
from darkroom.settings import read_settings
from tests.sql.engine import act_as, call, claim, create, invariants, rows, value, work_off
from tests.support import WAIT_SECONDS_MAX
from worker import maintenance
from worker.maintenance import delete_objects, keep_house, rescue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from darkroom.database import Pool
    from darkroom.objects import Objects
    from tests.conftest import Connection

LEFT = "select count(*) from darkroom.object_deletions"


@asynccontextmanager
async def house(database: str, folder: Path) -> AsyncIterator[tuple[Pool, Objects]]:
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 -- a test may
    settings = read_settings({"DATABASE_URL": database, "DARKROOM_STORAGE_URL": f"file://{folder}"})
    async with open_pool(database, role="darkroom_worker") as pool, open_objects(settings) as objects:
        yield pool, objects


def keeping(database: str, folder: Path, condition: Callable[[], bool]) -> None:
    """Keep house until the condition holds."""

    async def scenario() -> None:
        async with house(database, folder) as (pool, objects):
            task = asyncio.create_task(keep_house(pool, objects, lease_seconds=0.3))
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                while not condition():  # noqa: ASYNC110 -- of a database
                    await asyncio.sleep(0.02)
            assert not task.done()
            await ended([task])

    asyncio.run(scenario())


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "INTERVALS", dict.fromkeys(maintenance.INTERVALS, 0.1))
    monkeypatch.setattr(maintenance, "DELETE_OBJECTS_SECONDS", 0.1)


def test_every_chore_is_done(database: str, db: Connection, ann: UUID, tmp_path: Path) -> None:
    create(db, ann, "crashed")
    crashed = claim(db)[0]
    db.execute("update darkroom.leases set expires_at = now() - interval '1 s'")
    forgotten = create(db, ann, "forgotten")["jobs"][0]["id"]
    db.execute("delete from darkroom.queue where job_id = %s", (forgotten,))
    old = create(db, ann, "old", idempotency_key="k1")
    db.execute("update darkroom.idempotency_keys set created_at = now() - interval '2 days'")
    assert value(db, "select count(*) from darkroom.idempotency_keys") == 1
    call(db, "cancel_generation", old["id"])
    call(db, "trash", "generation", old["id"])
    db.execute("update darkroom.generations set deleted_at = now() - interval '31 days' where id = %s", (old["id"],))

    def done() -> bool:
        return (
            value(
                db,
                "select (select count(*) from darkroom.queue) = 2 and not exists (select from darkroom.leases)"
                " and not exists (select from darkroom.idempotency_keys)"
                " and not exists (select from darkroom.generations where id = %s)",
                old["id"],
            )
            is True
        )

    keeping(database, tmp_path, done)
    assert {j["job_id"] for j in rows(db, "select job_id from darkroom.queue")} == {crashed["job_id"], forgotten}
    invariants(db)


def test_nobody_is_rescued_before_the_database_has_been_back_for_a_while(
    database: str, db: Connection, admin: Connection, ann: UUID, tmp_path: Path
) -> None:
    """Its workers could not say meanwhile that they are alive."""
    create(db, ann)
    claim(db)
    db.execute("update darkroom.leases set expires_at = now() - interval '1 s'")
    name, dbname = sql.Identifier(db.info.dbname), db.info.dbname

    async def scenario() -> None:
        async with house(database, tmp_path / "objects") as (pool, _):
            admin.execute(sql.SQL("alter database {} allow_connections false").format(name))
            others = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s"
            admin.execute(others, (dbname,))
            with pytest.raises(UnavailableError):
                await asyncio.wait_for(rescue(pool, 3600), WAIT_SECONDS_MAX)
            admin.execute(sql.SQL("alter database {} allow_connections true").format(name))
            began = time.monotonic()
            task = asyncio.create_task(rescue(pool, 1.0))
            with psycopg.connect(database, autocommit=True) as found:
                while found.execute("select from darkroom.leases").rowcount:  # noqa: ASYNC110 -- of a database
                    await asyncio.sleep(0.02)
            assert time.monotonic() - began >= 0.8
            await task

    asyncio.run(scenario())


def test_expired_trash_goes_all_at_once(database: str, db: Connection, ann: UUID, tmp_path: Path) -> None:
    for n in range(3):
        call(db, "trash", "generation", finished(db, ann, f"{n}"))
    db.execute("update darkroom.generations set deleted_at = now() - interval '31 days'")
    keeping(database, tmp_path, lambda: value(db, "select count(*) from darkroom.generations") == 0)


def finished(db: Connection, user: UUID, prompt: str = "a heron") -> str:
    generation = create(db, user, prompt)
    work_off(db)
    return str(generation["id"])


def test_a_chore_that_somebody_does_is_left_to_him(database: str, db: Connection, ann: UUID, tmp_path: Path) -> None:
    create(db, ann)
    claim(db)
    db.execute("update darkroom.leases set expires_at = now() - interval '1 s'")

    async def scenario() -> None:
        async with house(database, tmp_path) as (pool, _), borrowed(pool, 20) as one, borrowed(pool, 20) as other:
            async with one.transaction():
                for chore in CHORES:
                    assert await do_alone(one, chore) is not None
                for chore in CHORES:
                    assert await do_alone(other, chore) is None
            for chore in CHORES:
                assert await do_alone(other, chore) == 0, "the other one did it, and let go of it"

    asyncio.run(scenario())
    assert value(db, "select count(*) from darkroom.queue") == 1


def purged(db: Connection, user: UUID) -> list[str]:
    """The keys of a picture that was purged, which lies in storage still."""
    generation = finished(db, user)
    keys = [i[k] for i in rows(db, "select object_key, thumbnail_key from darkroom.images") for k in sorted(i)]
    act_as(db, user)
    call(db, "trash", "generation", generation)
    call(db, "purge", "generation", generation)
    return keys


def test_objects_of_purged_pictures_are_deleted(database: str, db: Connection, ann: UUID, tmp_path: Path) -> None:
    keys = purged(db, ann)

    async def put() -> None:
        async with house(database, tmp_path) as (_, objects):
            for key in [*keys, "images/other.png"]:
                await objects.put(key, b"bytes", "image/png")

    asyncio.run(put())
    keeping(database, tmp_path, lambda: value(db, LEFT) == 0)
    left = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*") if path.is_file()]
    assert left == ["images/other.png"]


def test_what_cannot_be_deleted_comes_again(database: str, db: Connection, ann: UUID, tmp_path: Path) -> None:
    keys = purged(db, ann)
    asked: list[list[str]] = []

    class Stubborn:
        """Storage that is away at first, and then keeps the first of all keys."""

        async def delete(self, keys: Sequence[str]) -> Mapping[str, str]:
            asked.append(sorted(keys))
            if len(asked) == 1:
                raise StorageError("Nobody is there.")
            return {min(keys): "It is locked."}

    async def delete(again: Callable[[], Awaitable[int]]) -> None:
        db.execute("update darkroom.object_deletions set not_before = now()")
        await again()

    async def scenario() -> None:
        async with house(database, tmp_path) as (pool, _):
            storage: Objects = Stubborn()  # type: ignore[assignment]
            with pytest.raises(StorageError):
                await delete_objects(pool, storage)
            assert await delete_objects(pool, storage) == 0, "they are handed out for ten minutes"
            await delete(lambda: delete_objects(pool, storage))

    asyncio.run(scenario())
    assert asked == [sorted(keys)] * 2
    assert [d["object_key"] for d in rows(db, "select object_key from darkroom.object_deletions")] == [min(keys)]
