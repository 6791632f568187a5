"""Work going on while something else is tried: users who ask, cancel and look, and workers who make or fail."""

from __future__ import annotations

import contextlib
import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from psycopg.rows import dict_row

from darkroom.errors import UnavailableError, translate
from tests.sql import engine
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from tests.conftest import Connection


@dataclass
class Load:
    """Threads with a connection each. A database that goes away is waited for; a bug is kept for the end."""

    conninfo: str
    stop: threading.Event = field(default_factory=threading.Event)
    steps: int = 0
    bugs: list[BaseException] = field(default_factory=list)

    def repeat(self, step: Callable[[Connection], None]) -> threading.Thread:
        thread = threading.Thread(target=self._repeat, args=(step,))
        thread.start()
        return thread

    def _repeat(self, step: Callable[[Connection], None]) -> None:
        while not self.stop.is_set():
            try:
                with psycopg.connect(self.conninfo, autocommit=True, row_factory=dict_row) as conn:
                    while not self.stop.wait(0.004):
                        step(conn)
                        self.steps += 1
            except psycopg.Error as error:
                known = translate(error)
                if known is None:
                    self.bugs.append(error)
                    return
                self.stop.wait(0.05 if isinstance(known, UnavailableError) else 0)


@contextlib.contextmanager
def load(conninfo: str, users: Sequence[UUID], *, clients: int = 2, workers: int = 2, seed: int = 7) -> Iterator[Load]:
    """Until the end of the block; what was claimed by then is brought to an end as well."""
    running = Load(conninfo)
    threads = [running.repeat(_client(users, random.Random(seed + n))) for n in range(clients)]
    threads += [running.repeat(_worker(f"worker {n}", random.Random(seed - n))) for n in range(workers)]
    try:
        yield running
    finally:
        running.stop.set()
        for thread in threads:
            thread.join(WAIT_SECONDS_MAX)
    assert running.bugs == []
    assert running.steps > 0


def _client(users: Sequence[UUID], dice: random.Random) -> Callable[[Connection], None]:
    def step(conn: Connection) -> None:
        user = dice.choice(users)
        made = engine.create(conn, user, quantity=dice.randint(1, 2))
        roll = dice.random()
        with contextlib.suppress(psycopg.errors.RaiseException):
            if roll < 0.15:
                engine.call(conn, "cancel_generation", made["id"])
            elif roll < 0.3:
                engine.call(conn, "update_generation", made["id"], {"name": "again"})
            elif roll < 0.4:
                engine.call(conn, "trash", "generation", made["id"])

    return step


def _worker(name: str, dice: random.Random) -> Callable[[Connection], None]:
    """As a worker does it: quietly, and rung for afterwards."""

    def step(conn: Connection) -> None:
        with conn.transaction():
            conn.execute("set local darkroom.bells = 'off'")
            jobs = engine.claim(conn, dice.randint(1, 4), worker=name)
        users = list({job["user_id"] for job in jobs})
        conn.execute("select darkroom.ring_users(%s)", (users,))
        with conn.transaction():
            conn.execute("set local darkroom.bells = 'off'")
            for job in jobs:
                if dice.random() < 0.8:
                    engine.complete(conn, job)
                else:
                    engine.fail(conn, job, dice.choice(["transient", "moderated"]))
        conn.execute("select darkroom.ring_users(%s)", (users,))

    return step
