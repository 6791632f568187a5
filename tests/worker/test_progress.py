"""How far calls are: what providers say of it, and how seldom it is told."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from darkroom.database import borrowed, open_pool
from darkroom.endless import endless
from darkroom.queue import Lease, Progress
from tests.sql.engine import claim, create, new_user
from tests.sql.test_bells import Ear, watch
from tests.support import WAIT_SECONDS_MAX
from tests.worker.calling import call_of, make
from tests.worker.provider_server import provider_server
from worker import progress
from worker.providers.replicate import Prediction, _progress
from worker.providers.sketch import Sketch

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection


@pytest.mark.parametrize(
    ("status", "logs", "told"),
    [
        ("starting", None, Progress("starting")),
        ("starting", "", Progress("starting")),
        ("processing", None, Progress("processing")),
        ("processing", {"odd": 1}, Progress("processing")),
        ("processing", "Using seed: 100%", Progress("processing")),
        ("processing", "  0%|          | 0/28", Progress("processing", 0.0)),
        ("processing", "  0%|   | 0/28\r 50%|###  | 14/28\n 75%|#### | 21/28", Progress("processing", 0.75)),
        ("processing", "999%|#", Progress("processing")),
        ("processing", "5%|" + "x" * 10_000, Progress("processing")),
    ],
)
def test_replicate_says_its_status_and_the_last_bar_of_its_log(status: str, logs: Any, told: Progress) -> None:
    assert _progress(Prediction("p", status, logs=logs)) == told


@pytest.mark.parametrize("name", ["replicate", "fal"])
def test_a_call_that_is_looked_at_tells_how_far_it_is(name: str) -> None:
    seen: list[Progress] = []
    with provider_server() as server:
        server.hold()

        def tell(told: Progress) -> None:
            seen.append(told)
            server.release()

        assert make(server, name, call_of(name, tell=tell)).picture.content

    assert set(seen) == {Progress("processing")}


def test_a_sketch_tells_how_much_of_its_delay_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.providers.sketch.TELL_SECONDS", 0.05)
    seen: list[Progress] = []
    call = call_of("openai", model="ink", prompt="[delay=2s] a fox", tell=seen.append)

    async def remember(_: str) -> None:
        pass

    asyncio.run(Sketch(directives=True).generate(call, remember))

    fractions = [each.fraction or 0 for each in seen]
    assert len(fractions) >= 3
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] < 1


def test_the_latest_of_each_call_is_told_for_all_together_and_once_a_while(
    db: Connection, database: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "TELL_SECONDS", 3600)
    ann, ear = new_user(db), Ear(connect, "darkroom_progress")
    watch(db, ann)
    create(db, ann, quantity=2)
    leases = [Lease(job["job_id"], job["lease_no"]) for job in claim(db, 2)]

    async def tell() -> None:
        async with open_pool(database, role="darkroom_worker") as pool:
            async with borrowed(pool, 20):  # what cannot be told in time is dropped, so there is a connection first
                pass
            announcer, stop = progress.Announcer(pool), asyncio.Event()
            tellers = [announcer.teller(lease) for lease in leases]
            for percent in range(0, 100, 10):
                for one in tellers:
                    one(Progress("processing", percent / 100))
                    one(Progress("processing", percent / 100))
            running = asyncio.create_task(endless("announcer", announcer.step, stop))
            assert await asyncio.to_thread(fractions, ear) == {lease.job_id: 0.9 for lease in leases}
            for one in tellers:  # within the pause
                one(Progress("processing", 1.0))
            assert await asyncio.to_thread(ear.heard) == []
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(tell())


def fractions(ear: Ear) -> dict[int, float]:
    """How far which job is, by the next bells. (Asked for with marks, those that come with a mark would be lost.)"""
    first = [bell.payload for bell in ear.conn.notifies(timeout=WAIT_SECONDS_MAX, stop_after=1)]
    heard = first + ear.heard()
    told = [json.loads(payload) for payload in heard]
    assert len(told) == len({each["ids"]["job_id"] for each in told})
    return {each["ids"]["job_id"]: each["fraction"] for each in told}
