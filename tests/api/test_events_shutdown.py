"""A process that ends says so: the last events are out, everybody knows where to go on, and it ends with 0."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.api.conftest import new_user
from tests.api.following import numbers, socket
from tests.api.processes import running_api
from tests.sql import engine
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

END_SECONDS_MAX = 24.0  # and less than the polls here would wait


def ended(api: Api) -> int:
    """Its exit code, after SIGTERM."""
    began = time.monotonic()
    api.process.send_signal(signal.SIGTERM)
    code = api.process.wait(WAIT_SECONDS_MAX)
    assert time.monotonic() - began < END_SECONDS_MAX
    return code


@pytest.fixture
def doomed(shared_database: str, admin_db: Connection, tmp_path: Path) -> Any:
    # No bell is rung, and nothing is looked at in between: what comes out comes out at the end.
    patient = {"api.relay.RENEW_SECONDS": 50.0, "api.relay.LOOK_AGAIN_SECONDS": 1000.0}
    with running_api(shared_database, tmp_path, patient) as api:
        user = new_user(api, admin_db, "ann")
        admin_db.execute("set darkroom.bells = off")
        with user.http:
            yield api, user


def test_sockets_get_the_last_events_and_1012(doomed: tuple[Api, User], admin_db: Connection) -> None:
    api, user = doomed

    async def follow() -> None:
        async with socket(api, user.key) as live:
            await live.subscribe()
            await asyncio.to_thread(engine.create, admin_db, user.id)
            ending = asyncio.create_task(asyncio.to_thread(ended, api))
            assert numbers(await live.reach(3)) == [2, 3]
            assert await live.closed() == 1012
            assert await ending == 0

    asyncio.run(follow())


def test_streams_end_in_order_and_polls_are_answered(doomed: tuple[Api, User], admin_db: Connection) -> None:
    api, user = doomed
    answers: dict[str, httpx.Response] = {}
    headers = {"Authorization": f"Bearer {user.key}"}

    def ask(name: str, method: str, path: str, **options: Any) -> None:
        answers[name] = httpx.request(method, f"{api.url}/v1{path}", timeout=WAIT_SECONDS_MAX, **options)

    asking = [
        threading.Thread(target=ask, args=("stream", "GET", "/events/stream?after=1"), kwargs={"headers": headers}),
        threading.Thread(target=ask, args=("poll", "GET", "/events?after=3&wait=25"), kwargs={"headers": headers}),
        threading.Thread(
            target=ask,
            args=("create", "POST", "/generations"),
            kwargs={"headers": headers | {"Prefer": "wait=50"}, "json": {"prompt": "a cat"}},
        ),
    ]
    asking[2].start()
    wait_until(lambda: user.get("/events")["seq"] >= 3, "the request to be there")
    for each in asking[:2]:
        each.start()
    wait_until(lambda: "darkroom_event_followers 1" in httpx.get(api.metrics_url).text, "the stream to be followed")
    engine.create(admin_db, user.id)

    assert ended(api) == 0
    for each in asking:
        each.join(WAIT_SECONDS_MAX)

    assert answers["stream"].text.count("\nevent: ") == 4
    assert answers["stream"].text.endswith("\n\n")
    assert numbers(answers["poll"].json()["items"]) in ([], [4, 5])
    assert answers["create"].status_code == 202


def test_nobody_is_waited_for_who_does_not_listen(doomed: tuple[Api, User], admin_db: Connection) -> None:
    """A socket that never reads keeps no process alive."""
    api, user = doomed
    for _ in range(150):
        engine.create(admin_db, user.id, "a long story " * 2400)

    async def follow() -> None:
        async with socket(api, user.key, max_queue=1, close_timeout=0.2) as stuck:
            await stuck.subscribe(0)
            assert await asyncio.to_thread(ended, api) == 0

    asyncio.run(follow())
