"""The stream misses nothing: not at the doorbell, not under rollbacks, not when bells are lost or time goes back."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Self

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.engine import (
    DELIVER,
    Row,
    act_as,
    claim,
    complete,
    create,
    events,
    invariants,
    move_clock,
    new_user,
    row,
    rows,
    value,
)
from tests.sql.racing import at_once, waiting
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tests.conftest import Connect, Connection

ROUNDS = 200


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db, budget=10**6)


class Relay:
    """Listens on one connection and asks on another, as the real one does; what it delivered is what it knows."""

    def __init__(self, connect: Connect, user: UUID) -> None:
        self.listener, self.conn, self.user = connect(), connect(), user
        self.listener.execute("listen darkroom_events")
        self.delivered: list[int] = []
        self.bells = 0

    @property
    def position(self) -> int:
        return self.delivered[-1] if self.delivered else 0

    def watch(self) -> None:
        self.conn.execute("select darkroom.watch_user(%s)", (self.user,))

    def unwatch(self) -> None:
        self.conn.execute(
            "update darkroom.event_heads set watched_until = '-infinity' where user_id = %s", (self.user,)
        )

    def deliver(self) -> None:
        """What came after the last event delivered. Never asked for but at the start and when the bell rings."""
        cursor = Jsonb([{"user_id": str(self.user), "after": self.position}])
        while True:
            answer = row(self.conn, DELIVER, cursor, 1000)
            assert not answer["reset"]
            self.delivered += [item["seq"] for item in answer["items"]]
            if not answer["has_more"]:
                return
            cursor = Jsonb([{"user_id": str(self.user), "after": self.position}])

    def wait_for_bell(self, seconds: float) -> bool:
        rung = [bell.payload for bell in self.listener.notifies(timeout=seconds, stop_after=1)]
        self.bells += len(rung)
        if rung:
            self.deliver()
        return bool(rung)


class Writers:
    """Threads that write without end, and can be held still between two transactions."""

    def __init__(self, actions: list[Callable[[], None]]) -> None:
        self.stop, self.errors = threading.Event(), list[BaseException]()
        self.gates, self.held = [threading.Lock() for _ in actions], list[threading.Lock]()
        self.threads = [
            threading.Thread(target=self._run, args=(action, gate))
            for action, gate in zip(actions, self.gates, strict=True)
        ]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.go_on()  # a test that failed meanwhile has left them held
        for thread in self.threads:
            thread.join(WAIT_SECONDS_MAX)
        assert self.errors == []

    def _run(self, action: Callable[[], None], gate: threading.Lock) -> None:
        try:
            while not self.stop.is_set():
                with gate:
                    action()
                self.stop.wait(0.001)  # or the gate is never free for anybody else
        except BaseException as error:  # noqa: BLE001 - kept for the main thread
            self.errors.append(error)

    def hold(self) -> None:
        for gate in self.gates:
            assert gate.acquire(timeout=WAIT_SECONDS_MAX)
            self.held.append(gate)

    def go_on(self) -> None:
        while self.held:
            self.held.pop().release()


def a_client(connect: Connect, user: UUID) -> Callable[[], None]:
    conn = connect()
    return lambda: void(create(conn, user))


def a_worker(connect: Connect) -> Callable[[], None]:
    """Turns its bells off and rings after its commit, in a transaction of its own."""
    conn = connect()
    conn.execute("set darkroom.bells = off")

    def work() -> None:
        jobs = claim(conn, 3)
        if jobs:
            conn.execute("select darkroom.ring_users(%s)", ([job["user_id"] for job in jobs],))
            complete(conn, jobs)
            conn.execute("select darkroom.ring_users(%s)", ([job["user_id"] for job in jobs],))

    return work


def void(_: object) -> None:
    return None


def test_the_doorbells_handshake_misses_nothing(ann: UUID, db: Connection, connect: Connect) -> None:
    """Watched at any moment of two writers, then woken by bells alone: the relay always gets to the last event."""
    rng = random.Random(1)
    relay = Relay(connect, ann)
    with Writers([a_client(connect, ann), a_worker(connect)]) as writers:
        for number in range(ROUNDS):
            time.sleep(rng.random() * 0.004)  # any moment of theirs will do
            relay.watch()
            relay.deliver()
            relay.wait_for_bell(rng.choice([0, 0, 0.01]))
            writers.hold()
            last = value(db, "select seq from darkroom.event_heads where user_id = %s", ann)
            deadline = time.monotonic() + WAIT_SECONDS_MAX
            while relay.position < last:
                assert relay.wait_for_bell(1) or time.monotonic() < deadline, (
                    f"round {number}: no bell for events after {relay.position}, the head is {last}"
                )
            relay.unwatch()
            for _ in relay.listener.notifies(timeout=0):  # of what has been delivered already
                pass
            writers.go_on()

    assert relay.bells > ROUNDS / 4
    assert relay.delivered == list(range(1, len(relay.delivered) + 1))
    assert len(relay.delivered) > ROUNDS
    invariants(db)


def test_events_appear_in_order_and_without_gaps(ann: UUID, db: Connection, connect: Connect) -> None:
    """Whatever becomes of the transactions that write them: readers see 1, 2, 3 …, and never 3 before 2."""
    rng = random.Random(2)

    def one_of_many_ways(conn: Connection) -> Callable[[], None]:
        act_as(conn, ann)
        request = Jsonb({"prompt": "p", "models": ["sketch/ink"]})
        make = "select darkroom.create_generation(%s)"
        caught = """
            do $body$
            begin
              begin
                perform darkroom.create_generation('{"prompt": "lost", "models": ["sketch/ink"]}');
                perform 1 / 0;
              exception when division_by_zero then null;
              end;
              perform darkroom.create_generation('{"prompt": "kept", "models": ["sketch/ink"]}');
            end
            $body$"""

        def write() -> None:
            way = rng.randrange(5)
            with conn.transaction(force_rollback=way == 0):
                conn.execute(make, (request,))
                if way == 1:
                    with conn.transaction(force_rollback=True):
                        conn.execute(make, (request,))
                if way == 2:
                    conn.execute(caught)
                if way in (2, 3):
                    conn.execute(make, (request,))

        return write

    stop = threading.Event()

    def read(conn: Connection) -> tuple[int, int]:
        position = reads = 0
        while not stop.is_set():
            reads += 1
            head = value(conn, "select seq from darkroom.event_heads where user_id = %s", ann)
            new = [e["seq"] for e in events(conn, ann, position)]
            assert new == list(range(position + 1, position + 1 + len(new)))
            position += len(new)
            assert position >= head, "the head was there before its events"
        return reads, position

    readers = [connect() for _ in range(2)]
    with Writers([one_of_many_ways(connect()) for _ in range(3)]):
        timer = threading.Timer(2.5, stop.set)
        timer.start()
        try:
            seen = at_once([lambda c=c: read(c) for c in readers])  # type: ignore[misc]
        finally:
            timer.cancel()
    assert all(reads > 100 and position > 100 for reads, position in seen), seen
    invariants(db)


def test_a_renewal_makes_good_a_lost_bell(ann: UUID, connect: Connect) -> None:
    relay = Relay(connect, ann)
    relay.watch()
    relay.deliver()
    crashed = connect()
    crashed.execute("set darkroom.bells = off")
    create(crashed, ann)  # and dies before it rings
    assert not relay.wait_for_bell(0)

    (renewed,) = rows(relay.conn, "select * from darkroom.renew_watches(%s)", [ann])

    assert renewed["seq"] > relay.position
    relay.deliver()
    assert relay.position == renewed["seq"]


def test_who_is_watched_after_a_wait_is_told_the_balance_of_that_number(
    ann: UUID, db: Connection, connect: Connect
) -> None:
    writer, relay = connect(autocommit=False), connect()
    create(writer, ann)

    with waiting(db, relay, lambda: row(relay, "select * from darkroom.watch_user(%s)", ann)) as watched:
        writer.commit()

    assert watched.result()["seq"] == value(db, "select seq from darkroom.event_heads")
    assert watched.result()["totals"] == {"active": 1, "unviewed": 0, "credits": 10**6 - 1}


def test_at_never_goes_back_when_the_clock_does(ann: UUID, db: Connection) -> None:
    create(db, ann)
    (before,) = {(e["at"], e["slot"]) for e in events(db, ann) if e["kind"] == "generation.created"}
    last = events(db, ann)[-1]["seq"]
    move_clock(db, -2 * 86400)
    create(db, ann)

    assert {(e["at"], e["slot"]) for e in events(db, ann, last)} == {before}
    move_clock(db, 2 * 86400)
    create(db, ann)
    move_clock(db, 0)
    create(db, ann)
    times = [e["at"] for e in events(db, ann)]
    assert times == sorted(times)
    invariants(db)


def test_what_retention_took_is_a_reset_and_what_is_left_goes_on(db: Connection) -> None:
    """Eight days ago, yesterday and today: the oldest day goes, as its slot will be needed tomorrow."""
    noon = float(value(db, "select extract(epoch from date_trunc('day', now()) + interval '12 h' - now())"))
    heads = []
    move_clock(db, noon - 8 * 86400)
    ann = new_user(db)
    for days in (-8, -1, 0):
        move_clock(db, noon + days * 86400)
        create(db, ann)
        heads.append(value(db, "select seq from darkroom.event_heads"))

    assert value(db, "select darkroom.truncate_event_slot()") is True

    def asked(after: int) -> Row:
        return row(db, DELIVER, Jsonb([{"user_id": str(ann), "after": after}]), 100)

    assert [asked(after)["reset"] for after in range(heads[0] + 1)] == [True] * heads[0] + [False]
    assert [item["seq"] for item in asked(heads[0])["items"]] == list(range(heads[0] + 1, heads[2] + 1))
    act_as(db, ann)
    with pytest.raises(psycopg.Error) as gone:
        db.execute("select darkroom.read_events(0)")
    assert gone.value.sqlstate == "DR410"
    assert rows(db, "select * from darkroom.sequence_gaps") == []
