"""Where jobs end: results, failures and releases are gathered for a moment and sent together.

What was sent is repeated until the database has answered it, whatever happens to the connection: a job that was
completed meanwhile answers `already`. Objects are deleted only where a result was refused, never because an answer
is missing.

A round hardly waits for a user's mutex. Those whose mutex somebody else holds are asked for again alone, in a task of
their own, where waiting delays nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import psycopg

from darkroom import queue
from darkroom.database import borrowed
from darkroom.endless import endless, heard
from darkroom.errors import DarkroomError, InvalidError, UnavailableError
from darkroom.queue import Answer, Completion, Failure, Lease
from worker.log import event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from darkroom.database import AsyncConnection, Pool
    from worker.leases import Held, Leases

GATHER_SECONDS = 0.003
ROUND_MAX = 500
LOOK_SECONDS = 5.0
CALL_SECONDS_MAX = 15.0
# A round is not held up for longer than this; alone, a user's mutex is waited for as long as a worker ever waits.
ROUND_LOCK_SECONDS = 0.05
ALONE_LOCK_SECONDS = 2.0
ALONE_MAX = 2
# Our own refusals, data, constraints, exceptions of triggers: what is refused for these stays refused. A right that is
# missing or a function that is gone will come back.
FOR_GOOD = ("DR", "22", "23", "P0")


class Send(Protocol):
    async def __call__(self, conn: AsyncConnection, items: Sequence[Any], *, lock_seconds: float) -> list[Answer]: ...


SEND: dict[type, Send] = {Completion: queue.complete_jobs, Failure: queue.fail_jobs, Lease: queue.release_jobs}


@dataclass(eq=False, slots=True)
class End:
    """How a job ended, on its way to the database."""

    held: Held
    item: Completion | Failure | Lease
    answered: bool = False


@dataclass(eq=False)
class Completer:
    pool: Pool
    leases: Leases
    turn: asyncio.Lock
    group: asyncio.TaskGroup
    discard: Callable[[Sequence[str]], Coroutine[Any, Any, None]]  # deletes objects as well as may be
    ring: Callable[[Iterable[str]], None]  # for these users
    slots_freed: Callable[[], None] = lambda: None  # tokens can be used again
    _pending: deque[End] = field(default_factory=deque)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _alone: dict[str, list[End]] = field(default_factory=dict)  # by user
    _insisting: set[asyncio.Task[None]] = field(default_factory=set)
    _few: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ALONE_MAX))

    def put(self, held: Held, item: Completion | Failure | Lease) -> None:
        """Never waits: what can be here is bounded by the leases there can be."""
        self._pending.append(End(held, item))
        self._arrived.set()

    def abandon(self) -> None:
        """Wait for nobody's mutex any more."""
        for task in self._insisting:
            task.cancel()

    async def step(self) -> None:
        """One round of what has gathered."""
        if not await heard(self._arrived, LOOK_SECONDS):
            return
        if len(self._pending) < ROUND_MAX:
            await asyncio.sleep(GATHER_SECONDS)
        ends = [self._pending.popleft() for _ in range(min(ROUND_MAX, len(self._pending)))]
        if not self._pending:
            self._arrived.clear()
        try:
            async with self.turn:
                await self._settle(ends, ROUND_LOCK_SECONDS)
        except BaseException:
            self._pending.extendleft(end for end in reversed(ends) if not end.answered)
            self._arrived.set()
            raise
        for end in ends:
            if not end.answered:
                self._set_aside(end)

    async def _settle(self, ends: list[End], lock_seconds: float) -> None:
        """Each kind in one call. What is not answered afterwards can wait alone: its user's mutex is held, mostly."""
        for kind in SEND:
            if mine := [end for end in ends if type(end.item) is kind]:
                await self._send(mine, lock_seconds)

    async def _send(self, ends: list[End], lock_seconds: float) -> None:
        send = SEND[type(ends[0].item)]
        try:
            async with borrowed(self.pool, CALL_SECONDS_MAX) as conn:
                answers = await send(conn, [end.item for end in ends], lock_seconds=lock_seconds)
        except UnavailableError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
        except (DarkroomError, psycopg.Error) as error:
            # One that cannot be taken refuses them all: it is found by halves.
            if len(ends) == 1:
                self._refused(ends[0], error)
            else:
                await self._send(ends[: len(ends) // 2], lock_seconds)
                await self._send(ends[len(ends) // 2 :], lock_seconds)
        else:
            self._take(ends, answers)

    def _take(self, ends: list[End], answers: list[Answer]) -> None:
        by_lease = {end.held.job.lease_no: end for end in ends}
        touched: set[str] = set()
        freed = False
        for answer in answers:
            if answer.answer == "busy":
                continue
            end = by_lease[answer.lease_no]
            end.answered = True
            self.leases.drop(end.held)
            touched.add(end.held.job.user_id)
            freed = freed or end.held.job.has_token
            self._conclude(end, answer)
        self.ring(touched)
        if freed:
            self.slots_freed()

    def _conclude(self, end: End, answer: Answer) -> None:
        job, item = end.held.job, end.item
        facts = {"job": job.job_id, "generation": job.generation_id, "provider": job.provider, "model": job.model}
        if isinstance(item, Completion):
            if answer.answer == "refused":
                event("result refused, its lease is gone", logging.WARNING, **facts)
                self._discard(item)
            else:
                event("job completed", **facts, duration_ms=item.result.duration_ms)
        elif isinstance(item, Failure):
            event("call failed", logging.WARNING, **facts, attempt=job.attempt, failure=item.failure)
        else:
            event("job released", **facts)

    def _refused(self, end: End, error: DarkroomError | psycopg.Error) -> None:
        """The database does not take this one, and never will if that is for what it holds."""
        cause = error if isinstance(error, psycopg.Error) else error.__cause__
        state = (cause.sqlstate if isinstance(cause, psycopg.Error) else None) or ""
        job, item = end.held.job, end.item
        event("the database refuses it", logging.ERROR, job=job.job_id, what=type(item).__name__, sqlstate=state)
        if not state.startswith(FOR_GOOD):
            return
        end.answered = True
        if isinstance(item, Completion):
            failure = "invalid" if isinstance(error, InvalidError) else "transient"
            message = str(error) if isinstance(error, InvalidError) else f"The result could not be stored ({state})."
            self.put(end.held, Failure(job.job_id, job.lease_no, failure, message))
            self._discard(item)
        else:
            self.leases.drop(end.held)  # the lease ends by itself, and the job is rescued

    def _discard(self, item: Completion) -> None:
        if item.result.keys:
            self.group.create_task(self.discard(item.result.keys))

    def _set_aside(self, end: End) -> None:
        user = end.held.job.user_id
        if user in self._alone:
            self._alone[user].append(end)
        else:
            self._alone[user] = [end]
            task = self.group.create_task(self._insist(user))
            self._insisting.add(task)
            task.add_done_callback(self._insisting.discard)

    async def _insist(self, user: str) -> None:
        """Wait for one user's mutex, again and again."""
        over = asyncio.Event()

        async def step() -> None:
            ends = self._alone[user] = [end for end in self._alone[user] if not end.answered]
            if not ends:
                del self._alone[user]
                over.set()
                return
            async with self._few:
                await self._settle(ends[:ROUND_MAX], ALONE_LOCK_SECONDS)
            if not ends[0].answered:
                raise UnavailableError(
                    "The database does not take it; perhaps another transaction holds a user's lock."
                )

        await endless("completing for one user", step, over)
