"""One LISTEN connection on one side, any number of followers on the other; every event once, in order, to its own user.

What makes the sequence whole is in followers.py and in the database: a page continues where the last one ended, or is a
reset. What is here decides when to read, and may err: a bell is a hint, and so is its absence. A user is watched before
the backlog is read, so whoever writes later rings; the renewals of the watches compare numbers, so a lost bell is made
good with the next one; after a reconnect everything is compared; and whoever cannot be watched is read every second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from api.followers import Ear, End, Follower
from api.lanes import Lane
from darkroom import event_stream
from darkroom.bells import bells, listening
from darkroom.database import borrowed, open_pool
from darkroom.endless import ended, endless
from darkroom.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterator

    from api.followers import Listener
    from darkroom.database import Pool
    from darkroom.event_stream import SignIn
    from darkroom.settings import Settings

CHANNELS = (event_stream.EVENTS, event_stream.REVOCATIONS, event_stream.PROGRESS)
CONNECTIONS = 3  # of its own: one for each lane, and one to tend to watches
RENEW_SECONDS = 20.0
RENEW_USERS = 500
TEND_SECONDS = 1.0
# Watches end after 60 s: whose was not renewed by then, three times in vain, is not rung for.
WATCHED_SECONDS = event_stream.WATCH_SECONDS - 5.0
# Whether somebody may still listen is told by a bell; this is for lost ones.
RECHECK_SECONDS = 10.0
STUCK_SECONDS_MAX = 15.0
CALL_SECONDS_MAX = 10.0
FINISH_SECONDS_MAX = 3.0
LOOK_AGAIN_SECONDS = 5.0
log = logging.getLogger("darkroom.api.relay")


class TooManyError(Exception):
    """This user follows its events as often as it may."""


@dataclass(eq=False)
class Audience:
    """All who follow one user here."""

    user: str
    listeners: set[Listener] = field(default_factory=set)
    watched_at: float = float("-inf")
    marking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def ring(self) -> None:
        for listener in self.listeners:
            listener.ring()


class Relay:
    """`live` and `pool` are the relay's own, so that no request waits for it and it for none; `requests` serves single
    callers. Live events are all read by one connection, whose server process has at hand what it needs."""

    def __init__(self, conninfo: str, live: Pool, pool: Pool, requests: Pool, listeners_per_user_max: int) -> None:
        self.listening = False
        self.closing = False
        self._conninfo = conninfo
        self._pool = pool
        self._requests = requests
        self._listeners_per_user_max = listeners_per_user_max
        self._audiences: dict[str, Audience] = {}
        self._checked_at = time.monotonic()
        self._tend_now = asyncio.Event()
        self._deserted = asyncio.Event()
        self._deserted.set()
        # Whoever resumes a long way behind must not hold up those who are up to date. These are gathered while others
        # are read for; whoever is alone need not wait for company.
        self._live = Lane(live, gather_seconds=0.0, positions_max=40)
        self._backlog = Lane(pool, gather_seconds=0.002, positions_max=40)

    @property
    def followers(self) -> list[Follower]:
        return [each for each in self._listeners() if isinstance(each, Follower)]

    @property
    def lag_seconds(self) -> float:
        return self._live.lag_seconds

    def _listeners(self) -> Iterator[Listener]:
        for audience in self._audiences.values():
            yield from audience.listeners

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        steps = {
            "listening for events": self._listen,
            "tending to watches": self._tend,
            "reading live events": self._live.step,
            "reading the backlog": self._backlog.step,
        }
        never = asyncio.Event()
        tasks = [asyncio.create_task(endless(name, step, never), name=name) for name, step in steps.items()]
        try:
            yield
        finally:
            await ended(tasks)

    @contextlib.asynccontextmanager
    async def following(self, follower: Follower) -> AsyncIterator[None]:
        """Have a follower's buffer filled, for as long as this is open; nothing from it is lost at any moment."""
        follower.ask = lambda each: (self._live if each.caught_up else self._backlog).ask(each)
        async with self._joined(follower):
            follower.ring()
            yield

    @contextlib.asynccontextmanager
    async def hearing(self, sign_in: SignIn) -> AsyncIterator[Ear]:
        """Somebody who reads by himself, and is told when to."""
        ear = Ear(sign_in)
        async with self._joined(ear):
            yield ear

    @contextlib.asynccontextmanager
    async def _joined(self, listener: Listener) -> AsyncIterator[None]:
        user = listener.sign_in.user
        audience = self._audiences.setdefault(user, Audience(user))
        if len(audience.listeners) >= self._listeners_per_user_max:
            raise TooManyError
        audience.listeners.add(listener)
        self._deserted.clear()
        try:
            await self._watch(audience)
            if self.closing:
                _end(listener)
            yield
        finally:
            audience.listeners.discard(listener)
            if not audience.listeners and self._audiences.get(user) is audience:
                del self._audiences[user]
            if not self._audiences:
                self._deserted.set()

    async def _watch(self, audience: Audience) -> None:
        async with audience.marking:
            began = time.monotonic()
            if began - audience.watched_at < RENEW_SECONDS:
                return
            try:
                async with borrowed(self._requests, CALL_SECONDS_MAX) as conn:
                    await event_stream.watch_user(conn, audience.user)
            except UnavailableError as error:
                log.info("a user cannot be watched just now, and is read every second: %s", error.message)
            else:
                audience.watched_at = began

    async def wait_finished(self, ear: Ear, ids: Collection[str], seconds: float) -> bool:
        """Whether these generations, and those of these batches, finish within that time."""
        deadline = time.monotonic() + seconds
        while True:
            ear.rung.clear()
            async with borrowed(self._requests, CALL_SECONDS_MAX) as conn:
                if not await event_stream.unfinished(conn, ear.sign_in.user, ids):
                    return True
            left = deadline - time.monotonic()
            if left <= 0 or self.closing:
                return False
            await self.rung(ear, left)

    async def rung(self, ear: Ear, seconds: float) -> None:
        """Wait until it is worth looking again: for a bell, a while without one, or the end of the time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, LOOK_AGAIN_SECONDS)):
                await ear.rung.wait()

    async def finish(self) -> None:
        """Before the process ends: the last events go out, and every follower is told to look elsewhere."""
        self.closing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS_MAX):
                for follower in self.followers:
                    follower.ring()
                await self._live.idle()
        for listener in self._listeners():
            _end(listener)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS_MAX):
                await self._deserted.wait()

    async def _listen(self) -> None:
        try:
            async with listening(self._conninfo, *CHANNELS) as conn:
                self.listening = True
                self._compare_everything()
                async for bell in bells(conn):
                    if bell.channel == event_stream.REVOCATIONS:
                        self._end_those_of(bell.payload)
                    elif bell.channel == event_stream.PROGRESS:
                        self._pass_on(bell.payload)
                    elif audience := self._audiences.get(bell.payload):
                        audience.ring()
        finally:
            self.listening = False

    def _compare_everything(self) -> None:
        """What rang before now may have been missed, and a crash may have taken watches with it."""
        for audience in self._audiences.values():
            audience.watched_at = min(audience.watched_at, time.monotonic() - RENEW_SECONDS)
            audience.ring()
        self._checked_at = float("-inf")
        self._tend_now.set()

    def _pass_on(self, payload: str) -> None:
        progress = event_stream.read_progress(payload)
        audience = None if progress is None else self._audiences.get(progress.user_id)
        if progress is not None and audience is not None:
            for listener in audience.listeners:
                listener.hear(progress)

    def _end_those_of(self, revocation: str) -> None:
        for listener in list(self._listeners()):
            if listener.sign_in.is_named_by(revocation):
                _end(listener, End.REVOKED)

    async def _tend(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TEND_SECONDS):
                await self._tend_now.wait()
        self._tend_now.clear()
        now = time.monotonic()
        for follower in self.followers:
            if follower.stuck_since(now - STUCK_SECONDS_MAX):
                follower.cut(End.SLOW)
        for listener in self._listeners():
            if listener.sign_in.is_over():
                _end(listener, End.REVOKED)
        due = iter([a for a in self._audiences.values() if now - a.watched_at >= RENEW_SECONDS])
        while some := list(islice(due, RENEW_USERS)):
            await self._renew(some)
        if now - self._checked_at >= RECHECK_SECONDS:
            await self._recheck()
            self._checked_at = now

    async def _renew(self, audiences: list[Audience]) -> None:
        began = time.monotonic()
        async with borrowed(self._pool, CALL_SECONDS_MAX) as conn:
            heads = await event_stream.renew_watches(conn, [a.user for a in audiences])
        for audience in audiences:
            seq = heads.get(audience.user)
            if seq is not None:
                audience.watched_at = began
                for listener in audience.listeners:
                    if not listener.heard_of(seq):
                        listener.ring()
            elif began - audience.watched_at > WATCHED_SECONDS:
                audience.ring()

    async def _recheck(self) -> None:
        listeners = list(self._listeners())
        if not listeners:
            return
        async with borrowed(self._pool, CALL_SECONDS_MAX) as conn:
            lapsed = set(await event_stream.lapsed(conn, list({each.sign_in for each in listeners})))
        for listener in listeners:
            if listener.sign_in in lapsed:
                _end(listener, End.REVOKED)


@contextlib.asynccontextmanager
async def running_relay(settings: Settings, conninfo: str, role: str, requests: Pool) -> AsyncIterator[Relay]:
    async with (
        open_pool(conninfo, role=role, size_max=1) as live,
        open_pool(conninfo, role=role, size_max=CONNECTIONS - 1) as pool,
    ):
        direct = settings.database_direct_url or conninfo  # no pooler passes bells on
        relay = Relay(direct, live, pool, requests, settings.api.sockets_per_user)
        async with relay.running():
            yield relay


def _end(listener: Listener, end: End = End.RESTART) -> None:
    if not isinstance(listener, Follower):
        listener.ring()
    elif end is End.RESTART:
        listener.finish(end)
    else:
        listener.cut(end)
