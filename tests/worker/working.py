"""A real worker on a real database, in a thread of its own, whose calls do what a job's prompt says.

Words of the prompt: `hold` waits until `Hands.release`, `deaf` does not hear the first cancellation, `fail=CLASS` fails
(`~SECONDS`: come again then), `bug` raises. Anything else is made at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import uvloop

from darkroom.database import open_pool
from darkroom.queue import CaptionResult, ImageResult, Job
from tests.support import WAIT_SECONDS_MAX, wait_until
from worker.calls import CallError
from worker.craft import Craft
from worker.leases import Leases
from worker.loop import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from worker.leases import Held

FAIL = re.compile(r"fail=(\w+)(?:~(\d+))?")


@dataclass
class Hands:
    """What makes the jobs, and what it saw of them."""

    loop: asyncio.AbstractEventLoop | None = None
    made: list[Job] = field(default_factory=list)
    stopped: list[tuple[int, str | None]] = field(default_factory=list)  # job and cause
    discarded: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    results: dict[str, Any] = field(default_factory=dict)  # what to say of images, by prompt
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self._open.set)

    def times(self) -> Counter[int]:
        return Counter(job.job_id for job in self.made)

    async def make(self, held: Held) -> ImageResult | CaptionResult:
        job, prompt = held.job, json.loads(held.job.payload)["prompt"]
        self.made.append(job)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if "deaf" in prompt:
                with contextlib.suppress(asyncio.CancelledError):
                    await self._open.wait()
            if "hold" in prompt:
                await self._open.wait()
        except asyncio.CancelledError:
            self.stopped.append((job.job_id, held.cause))
            raise
        finally:
            self.at_once -= 1
        if match := FAIL.search(prompt):
            raise CallError(match[1], "it broke", float(match[2]) if match[2] else None)  # type: ignore[arg-type]
        if "bug" in prompt:
            raise LookupError(f"of {prompt} and its secret")
        if job.kind == "caption":
            return CaptionResult("Words. #words", 5)
        return image(job, **self.results.get(prompt, {}))

    async def discard(self, keys: Sequence[str]) -> None:
        self.discarded += keys


def image(job: Job, **but: Any) -> ImageResult:
    key = f"{job.job_id}-{job.lease_no}.png"
    said = {
        "object_key": key,
        "thumbnail_key": f"{key}.thumb",
        "width": 64,
        "height": 64,
        "content_type": "image/png",
        "bytes": 1000,
        "sha256": hashlib.sha256(key.encode()).hexdigest(),
        "duration_ms": 5,
    }
    return ImageResult(**{**said, **but})


@dataclass
class Working:
    worker: Worker
    hands: Hands
    leases: Leases
    thread: threading.Thread

    def stop(self) -> None:
        """As a signal does."""
        assert self.hands.loop is not None
        self.hands.loop.call_soon_threadsafe(self.worker.stop)

    def wait(self) -> None:
        self.thread.join(WAIT_SECONDS_MAX)
        assert not self.thread.is_alive(), "the worker does not end"


@contextlib.contextmanager
def working(
    database: str,
    *,
    name: str = "worker",
    concurrency: int = 16,
    lease: float = 60,
    drain: float = 10,
    providers: Sequence[str] = ("sketch",),
    need_token: frozenset[str] = frozenset(),
    listen: str | None = None,
) -> Iterator[Working]:
    """The worker is ready when the block begins, and has ended by itself when it is over."""
    hands, leases, ready = Hands(), Leases(concurrency), threading.Event()
    craft = Craft(providers, need_token, lambda: True, hands.make, hands.discard)
    errors: list[BaseException] = []
    begun: list[Worker] = []

    async def main() -> None:
        hands.loop = asyncio.get_running_loop()
        async with open_pool(database, role="darkroom_worker") as pool:
            begun.append(Worker(name, pool, listen or database, leases, craft, lease, drain))
            ready.set()
            await begun[0].run()

    def run() -> None:
        try:
            uvloop.run(main())
        except BaseException as error:  # noqa: BLE001 -- told by the thread that waits
            errors.append(error)
            ready.set()

    thread = threading.Thread(target=run, name=name)
    thread.start()
    wait_until(ready.is_set, "the worker to begin")
    assert not errors, errors
    found = Working(begun[0], hands, leases, thread)
    try:
        yield found
    finally:
        if thread.is_alive():
            found.stop()
        found.wait()
    if errors:
        raise errors[0]
