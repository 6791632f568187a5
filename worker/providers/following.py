"""Following a call that runs at the provider. It is bought already, so losing sight of it for a moment is no reason to
give it up; when it is given up, it is stopped there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from worker.calls import CallError, Remember

Result = TypeVar("Result")
Cancel = Callable[[], Awaitable[None]]

BEGIN_SECONDS_MAX = 8.0  # less than a worker that goes down waits for calls to be over


@dataclass(frozen=True)
class Patience:
    """How long a call may run, how often it is looked at, and how often in a row looking may fail."""

    seconds_max: float = 600.0
    poll_seconds: float = 1.0
    failures_max: int = 5
    pause_seconds_max: float = 30.0

    def pause(self, failures: int, told: float | None) -> float:
        return min(max(self.poll_seconds * 2.0**failures, told or 0.0), self.pause_seconds_max)


async def begin(create: Awaitable[str], remember: Remember, cancel: Callable[[str], Awaitable[None]]) -> str:
    """Create a call and have it remembered. Whoever is cancelled meanwhile waits for both a little: then it can be
    found again, or stopped. Without that the provider makes it for nobody, and it is bought again."""
    both = asyncio.ensure_future(_keep(create, remember, cancel))
    try:
        return await asyncio.shield(both)
    except asyncio.CancelledError:
        await asyncio.wait([both], timeout=BEGIN_SECONDS_MAX)
        if both.done() and not both.cancelled():
            both.exception()  # nobody is interested in it any more
        raise
    finally:
        both.cancel()


async def _keep(create: Awaitable[str], remember: Remember, cancel: Callable[[str], Awaitable[None]]) -> str:
    ref = await create
    try:
        await remember(ref)
    except Exception:
        await _quietly(lambda: cancel(ref))
        raise
    return ref


async def follow(look: Callable[[], Awaitable[Result | None]], cancel: Cancel, patience: Patience) -> Result:
    """What `look` finds in the end. It answers None while the call runs, and raises when it could not look."""
    try:
        async with asyncio.timeout(patience.seconds_max):
            return await _look_until_found(look, patience)
    except TimeoutError:
        await _quietly(cancel)
        raise CallError("timeout", f"the call was not done within {patience.seconds_max:g} s") from None
    except CallError:
        await _quietly(cancel)
        raise


async def _look_until_found(look: Callable[[], Awaitable[Result | None]], patience: Patience) -> Result:
    failures = 0
    while True:
        try:
            found = await look()
        except CallError as error:
            failures += 1
            # A key that was revoked will not see the call again. With any other failure, looking once more may help.
            if error.failure == "token_rejected":
                raise
            if failures >= patience.failures_max:
                raise CallError("transient", f"the call cannot be followed: {error.message}") from None
            await asyncio.sleep(patience.pause(failures, error.retry_after))
            continue
        if found is not None:
            return found
        failures = 0
        await asyncio.sleep(patience.poll_seconds)


async def _quietly(cancel: Cancel) -> None:
    with contextlib.suppress(CallError):
        await cancel()
