"""What this worker holds: each lease from its claim until the database has said what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from darkroom.queue import Job, Lease

# Why a call is stopped: another worker has the job, its user cancelled it, we are going down.
Cause = Literal["lost", "cancelled", "shutdown"]


@dataclass(eq=False, slots=True)
class Held:
    """A lease in our hands, and the task that makes its call."""

    job: Job
    task: asyncio.Task[None] | None = None
    cause: Cause | None = None
    over: bool = False

    @property
    def stopped(self) -> bool:
        return self.cause is not None

    def stop(self, cause: Cause) -> bool:
        """Cancel the call, if it is not over or being stopped already."""
        if self.stopped or self.over:
            return False
        self.cause = cause
        if self.task is not None:  # one that has not begun sees the cause when it does
            self.task.cancel()
        return True


@dataclass(eq=False)
class Leases:
    """All of them, by number. Calls are bounded by `concurrency`; with those that wait for an answer, by twice that."""

    concurrency: int
    running: int = 0
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    doubted: asyncio.Event = field(default_factory=asyncio.Event)  # one of them may not be ours any more: ask
    _held: dict[int, Held] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._held)

    @property
    def room(self) -> int:
        return min(self.concurrency - self.running, 2 * self.concurrency - len(self._held))

    def take(self, job: Job) -> Held:
        held = self._held[job.lease_no] = Held(job)
        self.running += 1
        return held

    def end(self, held: Held) -> None:
        """Its call is over. What it made waits for its answer, and the lease is kept alive until then."""
        held.over = True
        self.running -= 1
        self.freed.set()

    def drop(self, held: Held) -> None:
        """The database has answered, or there is nothing left to ask."""
        self._held.pop(held.job.lease_no, None)
        self.freed.set()

    def find(self, lease_no: int) -> Held | None:
        return self._held.get(lease_no)

    def all(self) -> list[Lease]:
        return [held.job.lease for held in self._held.values()]

    def calls(self) -> list[asyncio.Task[None]]:
        """The tasks of all calls that are not over."""
        return [held.task for held in self._held.values() if held.task is not None and not held.over]

    def stop_all(self, cause: Cause) -> None:
        for held in list(self._held.values()):
            held.stop(cause)
