"""The world of the stress test, and its threads: two workers, two clients, and one that maintains, over six users.

Each thread has a connection and random numbers of its own. A refusal by a rule (SQLSTATE DR…) is part of the game;
any other error ends the run and is reported.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from psycopg.rows import dict_row

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from uuid import UUID

    from tests.conftest import Connection


@dataclass
class World:
    """What the threads share."""

    database: str
    users: list[UUID]
    stop: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    accepted: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, times: int = 1) -> None:
        with self.lock:
            self.done[what] += times

    def report(self, error: str) -> None:
        with self.lock:
            self.errors.append(error)
        self.stop.set()

    def accept(self, job_id: int) -> None:
        with self.lock:
            twice = job_id in self.accepted
            self.accepted.add(job_id)
        if twice:
            self.report(f"job {job_id} was accepted twice")


class Actor:
    """A thread that does one thing after another until the world stops."""

    def __init__(self, world: World, name: str, rng: random.Random) -> None:
        self.world, self.name, self.rng = world, name, rng
        self.thread = threading.Thread(target=self._run, name=name)

    def actions(self) -> list[tuple[int, Callable[[], None]]]:
        """What it may do, with weights."""
        raise NotImplementedError

    def _run(self) -> None:
        action = None
        try:
            with psycopg.connect(self.world.database, autocommit=True, row_factory=dict_row) as conn:
                self.conn: Connection = conn
                weights, choices = zip(*self.actions(), strict=True)
                while not self.world.stop.is_set():
                    (action,) = self.rng.choices(choices, weights)
                    try:
                        action()
                    except psycopg.Error as error:
                        if not (error.sqlstate or "").startswith("DR"):
                            raise
                        self.world.count(f"refused by rule {error.sqlstate}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported and fails the test
            doing = getattr(action, "__name__", "connecting")
            self.world.report(f"{self.name}, {doing}: {type(error).__name__} {getattr(error, 'sqlstate', '')}: {error}")
