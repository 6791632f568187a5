"""One worker: claims jobs, makes each in a task of its own, and sees to it that every lease ends with an answer.

    claimer -> a task per job -> completer
               heartbeat keeps the leases alive and stops what was lost or cancelled; bells wake claimer and heartbeat

Shutting down: no more claims; the calls under way have until the deadline; the rest is released (the attempt is not
counted, and a call whose provider_ref is known is resumed by whoever claims it next); the completer is emptied. What
has no answer even then is left to its lease.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from darkroom.endless import Pulse, ended, endless, heard
from darkroom.errors import UnavailableError
from darkroom.queue import Completion, Failure, interval, plain
from darkroom.service import notify, watchdog_interval
from worker.bells import Ear, Ringer
from worker.calls import CallError
from worker.claimer import Claimer
from worker.completer import Completer
from worker.heartbeat import Heartbeat
from worker.log import event, trace
from worker.tallying import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from darkroom.database import Pool
    from darkroom.queue import Job, Lease
    from darkroom.tallies import Tallies
    from worker.craft import Craft
    from worker.leases import Held, Leases

CLAIM_SECONDS_MAX = 5.0
CANCEL_SECONDS_MAX = 10.0
FLUSH_SECONDS_MAX = 10.0
LEASE_SECONDS = 60.0
DRAIN_SECONDS = 60.0


@dataclass(eq=False)
class Worker:
    name: str
    pool: Pool
    listen: str  # conninfo for the connection that listens
    leases: Leases
    craft: Craft
    lease_seconds: float = LEASE_SECONDS
    drain_seconds: float = DRAIN_SECONDS
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _hurried: bool = False

    def stop(self) -> None:
        """Finish what is under way and end; called again, give it back and end."""
        self._hurried = self._stopping.is_set()
        self._stopping.set()
        self.leases.freed.set()

    async def run(self, *beside: Coroutine[Any, Any, None]) -> None:
        """Until `stop` is called. What runs beside ends with the claiming."""
        pulse = Pulse()
        async with asyncio.TaskGroup() as group:
            # Claims and rounds of completions lock many users, and would meet on them: in turns they are twice as fast.
            turn = asyncio.Lock()
            ringer, teller = Ringer(self.pool), Teller(self.pool)
            completer = Completer(self.pool, self.leases, turn, group, self.craft.discard, ringer.ring)
            heartbeat = Heartbeat(self.pool, self.name, self.leases, self.lease_seconds)

            def start(job: Job) -> None:
                group.create_task(self._run(self.leases.take(job), completer, teller.tallies))

            claimer = Claimer(
                self.pool, self.name, self.leases, self.lease_seconds, self.craft, turn, start=start, ring=ringer.ring
            )
            completer.slots_freed = claimer.wake
            ear = Ear(self.listen, self.name, jobs=claimer.wake, cancels=self.leases.doubted.set)

            never = asyncio.Event()
            claiming = group.create_task(endless("claimer", claimer.step, self._stopping, pulse))
            aside = [group.create_task(coroutine) for coroutine in beside]
            loops = [
                group.create_task(endless("completer", completer.step, never, pulse)),
                group.create_task(endless("heartbeat", heartbeat.step, never, pulse)),
                group.create_task(endless("ear", ear.step, never)),
                group.create_task(endless("ringer", ringer.step, never)),
                group.create_task(endless("teller", teller.step, never)),
                group.create_task(report(pulse, claimer.answered)),
            ]
            await self._stopping.wait()
            notify("STOPPING=1")
            event("stops", running=self.leases.running)
            claimer.wake()
            group.create_task(ended(aside))
            await asyncio.wait([claiming], timeout=CLAIM_SECONDS_MAX)
            await ended([claiming])
            ends = time.monotonic() + self.drain_seconds
            await self._drain()
            await self._flush(ends)
            # One that is still there, after as long as tidying up may take, has not heard that it was cancelled.
            await ended([*self.leases.calls(), *loops])
            completer.abandon()
            with contextlib.suppress(UnavailableError):
                await teller.tell()
        event("has stopped", unanswered=len(self.leases))

    async def _drain(self) -> None:
        """Let calls end by themselves for a while, then give back the jobs of those that did not."""
        await self._until(lambda: self._hurried or not self.leases.running, self.drain_seconds)
        self.leases.stop_all("shutdown")
        await self._until(lambda: not self.leases.running, CANCEL_SECONDS_MAX)

    async def _flush(self, ends: float) -> None:
        """Every end that can still be answered is. Results are paid for: a database that is away has what is left of
        the drain to come back."""
        left = 0.0 if self._hurried else ends - time.monotonic()
        await self._until(lambda: not len(self.leases), max(FLUSH_SECONDS_MAX, left))

    async def _until(self, condition: Callable[[], bool], seconds_max: float) -> None:
        deadline = time.monotonic() + seconds_max
        while not condition() and (left := deadline - time.monotonic()) > 0:
            self.leases.freed.clear()
            await heard(self.leases.freed, left)

    async def _run(self, held: Held, completer: Completer, tallies: Tallies) -> None:
        held.task = asyncio.current_task()
        item: Completion | Failure | Lease = held.job.lease
        try:
            if not (held.stopped or self._stopping.is_set()):
                began = time.monotonic()
                item = await self._made(held)
                outcome = item.failure if isinstance(item, Failure) else "completed"
                tallies.add(held.job.provider, held.job.kind, outcome, time.monotonic() - began)
        except asyncio.CancelledError:
            if held.cause is None:
                raise
        finally:
            self.leases.end(held)
        if held.cause == "lost":
            self.leases.drop(held)  # it is another's now, and nobody waits for our answer
        else:
            completer.put(held, item)

    async def _made(self, held: Held) -> Completion | Failure:
        job = held.job
        try:
            return Completion(job.job_id, job.lease_no, await self.craft.make(held))
        except CallError as error:
            message, wait = plain(error.message), interval(error.retry_after)
            return Failure(job.job_id, job.lease_no, error.failure, message, wait)
        except Exception as error:  # noqa: BLE001 -- a bug costs this call, and no other
            event("a job met an error of ours", logging.ERROR, job=job.job_id, exception=trace(error))
            message = f"The worker met an error of its own ({type(error).__name__})."
            return Failure(job.job_id, job.lease_no, "transient", message)


async def report(pulse: Pulse, ready: asyncio.Event) -> None:
    """Tell systemd when the first claim was answered, and from then on that the loops that matter are alive."""
    await ready.wait()
    notify("READY=1")
    event("is ready")
    seconds = watchdog_interval()
    while seconds is not None:
        if silent := pulse.silent():
            event("not alive", logging.ERROR, loops=",".join(silent))
        else:
            notify("WATCHDOG=1")
        await asyncio.sleep(seconds)
