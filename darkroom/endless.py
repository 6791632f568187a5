"""Loops that survive what happens to them: a database that is away, a bug in a step. They pause, and go on.

Those that matter say at every step that they are alive; systemd's watchdog is fed only while all of them do.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import TYPE_CHECKING

from darkroom.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
CANCEL_AGAIN_SECONDS = 0.5
# Longer than any step may take: each of its waits has a limit far below.
SILENCE_SECONDS_MAX = 120.0
_log = logging.getLogger(__name__)


class Pulse:
    """When each loop was last seen to begin a step."""

    def __init__(self) -> None:
        self._beats: dict[str, float] = {}

    def beat(self, name: str) -> None:
        self._beats[name] = time.monotonic()

    def stop(self, name: str) -> None:
        self._beats.pop(name, None)

    def silent(self) -> list[str]:
        """The loops that have not been heard of for too long."""
        now = time.monotonic()
        return [name for name, beat in self._beats.items() if now - beat > SILENCE_SECONDS_MAX]


async def endless(
    name: str, step: Callable[[], Awaitable[None]], stop: asyncio.Event, pulse: Pulse | None = None
) -> None:
    """One step after another until `stop`, which a step under way is not disturbed by."""
    pauses = growing_pauses()
    while not stop.is_set():
        if pulse is not None:
            pulse.beat(name)
        try:
            await step()
        except UnavailableError as error:
            _log.warning("%s waits: %s", name, error.message)
        except Exception:  # noqa: BLE001 -- a bug in one step is no reason to drop every call under way
            _log.exception("%s failed and goes on", name)
        else:
            pauses = growing_pauses()
            continue
        await heard(stop, next(pauses))
    if pulse is not None:
        pulse.stop(name)


def growing_pauses() -> Iterator[float]:
    """Twice as long each time up to a limit, and never in step with others."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


async def heard(event: asyncio.Event, seconds_max: float) -> bool:
    """Wait for an event, but not for longer."""
    try:
        async with asyncio.timeout(seconds_max):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended. One cancellation can be lost in Python 3.11: `wait_for`, which psycopg's
    pool uses, swallows the one that comes in the very moment when what it waits for is there.
    """
    tasks = list(tasks)
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=CANCEL_AGAIN_SECONDS)
