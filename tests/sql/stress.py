"""What the stress test's threads do: two workers, two clients, and one that maintains, over the same six users.

Each thread has a connection and random numbers of its own. A refusal by a rule (SQLSTATE DR…) is part of the game;
any other error ends the run and is reported.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.sql.engine import BANANA, INK, WATERCOLOR, Row, act_as, call, claim_or_busy, result_for, rows, value

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from uuid import UUID

    from tests.conftest import Connection

CLASSES = ("transient", "timeout", "rate_limited", "token_rejected", "invalid", "moderated")


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


class Worker(Actor):
    """Claims with leases that are far too short, and does with them everything a worker should and should not."""

    def __init__(self, world: World, name: str, rng: random.Random) -> None:
        super().__init__(world, name, rng)
        self.held: list[Row] = []
        self.given_up: list[Row] = []  # a crash forgot them; as a zombie it remembers
        self.finished: list[Row] = []

    def actions(self) -> list[tuple[int, Callable[[], None]]]:
        return [
            (20, self.claim),
            (14, self.complete),
            (6, self.fail),
            (10, self.heartbeat),
            (2, self.release),
            (2, self.crash),
            (6, self.stall),
            (4, self.return_as_zombie),
            (2, self.complete_again),
            (3, self.store_reference),
            (2, self.sleep),
        ]

    def claim(self) -> None:
        if len(self.held) > 30:
            return
        providers = self.rng.choice([None, None, ["sketch"], ["openrouter"]])
        got = claim_or_busy(
            self.conn, self.rng.randint(1, 12), providers, self.name, f"{self.rng.randint(200, 900)} ms"
        )
        if not got:
            self.world.count("claims empty")
            self.world.stop.wait(0.005)
        elif got[0]["busy"]:
            self.world.count("claims busy")
        else:
            self.world.count("claimed", len(got))
            self.held += got

    def take(self, most: int) -> list[Row]:
        self.rng.shuffle(self.held)
        taken, self.held = self.held[:most], self.held[most:]
        return taken

    def complete(self) -> None:
        jobs = self.take(self.rng.randint(1, 15))
        while jobs:
            answers = self.report_results(jobs)
            busy = [job for job in jobs if answers[job["job_id"], job["lease_no"]] == "busy"]
            self.finished = (self.finished + [job for job in jobs if job not in busy])[-200:]
            # Again, user by user, as a completer does; the wait for one user is then the user's own.
            jobs = [job for job in busy if job["user_id"] == busy[0]["user_id"]]
            self.held += [job for job in busy if job not in jobs]

    def report_results(self, jobs: list[Row], what: str = "results") -> dict[tuple[int, int], str]:
        items = [{"job_id": j["job_id"], "lease_no": j["lease_no"], "result": result_for(j)} for j in jobs]
        self.conn.execute("set darkroom.bells = off")
        answers = rows(self.conn, "select * from darkroom.complete_jobs(%s)", Jsonb(items))
        self.conn.execute("select darkroom.ring_users(%s)", ([a["user_id"] for a in answers if a["user_id"]],))
        for answer in answers:
            self.world.count(f"{what} {answer['answer']}")
            if answer["answer"] == "accepted":
                self.world.accept(answer["job_id"])
        return {(a["job_id"], a["lease_no"]): str(a["answer"]) for a in answers}

    def fail(self) -> None:
        for job in self.take(self.rng.randint(1, 3)):
            kind = self.rng.choice(CLASSES)
            answer = value(
                self.conn,
                "select darkroom.fail_job(%s, %s, %s, 'broke', '100 ms')",
                job["job_id"],
                job["lease_no"],
                kind,
            )
            self.world.count(f"failures {answer}")
            self.world.count(f"failed as {kind}", answer == "accepted")

    def beat(self, jobs: list[Row]) -> dict[tuple[int, int], str]:
        leases = Jsonb([{"job_id": j["job_id"], "lease_no": j["lease_no"]} for j in jobs])
        bad = {
            (r["job_id"], r["lease_no"]): str(r["state"])
            for r in rows(self.conn, "select * from darkroom.heartbeat(%s, %s)", self.name, leases)
        }
        for state in bad.values():
            self.world.count(f"leases told {state}")
        return bad

    def heartbeat(self) -> None:
        bad = self.beat(self.held)
        stopped = [job for job in self.held if bad.get((job["job_id"], job["lease_no"])) == "cancelled"]
        self.held = [job for job in self.held if (job["job_id"], job["lease_no"]) not in bad]
        if stopped:
            self.report_results(stopped, "results of the cancelled")  # which acknowledges

    def release(self) -> None:
        items = Jsonb([{"job_id": j["job_id"], "lease_no": j["lease_no"]} for j in self.take(5)])
        for answer in rows(self.conn, "select * from darkroom.release_jobs(%s)", items):
            self.world.count(f"releases {answer['answer']}")

    def crash(self) -> None:
        self.world.count("crashes", bool(self.held))
        self.given_up = (self.given_up + self.held)[-100:]
        self.held = []

    def stall(self) -> None:
        """A process that does not get the processor; its leases run out meanwhile."""
        self.world.stop.wait(self.rng.random() * 0.2)
        self.heartbeat()

    def return_as_zombie(self) -> None:
        if len(self.given_up) > 10:
            job = self.given_up.pop(0)
            self.beat([job])
            self.report_results([job], "results of zombies")

    def complete_again(self) -> None:
        if self.finished:
            job = self.rng.choice(self.finished)
            self.report_results([job], "results repeated")

    def store_reference(self) -> None:
        if self.held:
            job = self.rng.choice(self.held)
            stored = value(
                self.conn,
                "select darkroom.set_provider_ref(%s, %s, %s)",
                job["job_id"],
                job["lease_no"],
                f"prediction {job['lease_no']}",
            )
            self.world.count("references stored", stored)

    def sleep(self) -> None:
        self.conn.execute("select darkroom.sleep_until('{sketch,openrouter}', clock_timestamp() + interval '1 s')")


class Maintainer(Actor):
    """Rescue, promotion and mending; and the operator, who switches rejected tokens on again."""

    def actions(self) -> list[tuple[int, Callable[[], None]]]:
        return [(10, self.rescue), (10, self.promote), (5, self.mend), (2, self.forgive), (1, self.sweep)]

    def rescue(self) -> None:
        self.world.count("rescued", value(self.conn, "select darkroom.rescue_expired_leases()"))
        self.world.stop.wait(0.05)

    def promote(self) -> None:
        self.world.count("promoted", value(self.conn, "select darkroom.promote_due()"))
        self.world.stop.wait(0.05)

    def mend(self) -> None:
        mended = value(self.conn, "select darkroom.mend_jobs()")
        if mended:
            self.world.report(f"{mended} jobs had to be mended")

    def forgive(self) -> None:
        for token in rows(self.conn, "select id from darkroom.provider_tokens where not active"):
            self.conn.execute("select darkroom.set_provider_token_active(%s, true)", (token["id"],))

    def sweep(self) -> None:
        self.conn.execute("select darkroom.purge_expired_trash(), darkroom.drop_old_idempotency_keys()")


class Client(Actor):
    """Asks for things, changes its mind, throws away, and sometimes leaves a transaction open."""

    def actions(self) -> list[tuple[int, Callable[[], None]]]:
        return [
            (20, self.create),
            (10, self.edit),
            (3, self.batch),
            (5, self.converse),
            (6, self.cancel),
            (1, self.cancel_all),
            (8, self.retry),
            (3, self.regenerate),
            (8, self.view),
            (5, self.trash),
            (3, self.trash_image),
            (3, self.restore),
            (3, self.purge),
            (3, self.pause),
            (6, self.resume),
            (3, self.look),
            (2, self.hold),
        ]

    def do(self, function: str, *args: Any) -> Any:
        """As somebody else each time."""
        answer = call(self.conn, function, *args)
        self.world.count(function)
        return answer

    def be_somebody(self) -> UUID:
        user = self.rng.choice(self.world.users)
        act_as(self.conn, user)
        return user

    def one(self, query: str, user: UUID) -> Any:
        """One of the user's things, or an id that does not exist."""
        found = rows(self.conn, query + " order by random() limit 1", user)
        return str(found[0]["id"]) if found else "01234567-89ab-7def-8123-456789abcdef"

    def a_generation(self, user: UUID, which: str = "true") -> Any:
        return self.one(f"select id from darkroom.generations where user_id = %s and {which}", user)

    def models(self) -> list[str]:
        return self.rng.choice([[INK], [INK], [BANANA], [INK, WATERCOLOR], [WATERCOLOR, BANANA]])

    def create(self) -> None:
        self.be_somebody()
        request: Row = {"prompt": "p", "models": self.models(), "quantity": self.rng.randint(1, 3)}
        roll = self.rng.random()
        if roll < 0.3:
            request["write_caption"] = True
        elif roll < 0.4:
            request["run_at"] = value(self.conn, "select darkroom.json_time(clock_timestamp() + interval '1 s')")
        elif roll < 0.5:
            request["priority"] = -self.rng.randint(1, 3)
        elif roll < 0.7:
            request["idempotency_key"] = f"key {self.rng.randint(1, 20)}"
        self.do("create_generation", request)

    def edit(self) -> None:
        user = self.be_somebody()
        source = self.a_generation(user, "completed > 0 and deleted_at is null")
        self.do("create_edit", {"generation_id": source, "prompt": "e", "models": self.rng.choice([[INK], [BANANA]])})

    def batch(self) -> None:
        self.be_somebody()
        items = [{"prompt": f"item {n}"} for n in range(self.rng.randint(2, 8))]
        self.do("create_batch", {"items": items, "models": self.models()})

    def converse(self) -> None:
        user = self.be_somebody()
        if self.rng.random() < 0.5:
            image = self.one("select id from darkroom.images where user_id = %s and deleted_at is null", user)
            self.do("start_conversation", {"image_id": image, "prompt": "c"})
        else:
            conversation = self.one("select id from darkroom.conversations where user_id = %s", user)
            self.do("add_turn", {"conversation_id": conversation, "prompt": "t"})

    def cancel(self) -> None:
        user = self.be_somebody()
        if self.rng.random() < 0.3:
            batch = self.one("select id from darkroom.batches where user_id = %s and finished_at is null", user)
            self.do("cancel_batch", batch)
        else:
            self.do("cancel_generation", self.a_generation(user, "finished_at is null"))

    def cancel_all(self) -> None:
        self.be_somebody()
        self.do("cancel_queue", self.rng.choice(["queued", "all"]))

    def retry(self) -> None:
        user = self.be_somebody()
        if self.rng.random() < 0.2:
            batch = self.one("select id from darkroom.batches where user_id = %s and failed + cancelled > 0", user)
            self.do("retry_batch", batch)
        else:
            self.do("retry_generation", self.a_generation(user, "failed + cancelled > 0"))

    def regenerate(self) -> None:
        user = self.be_somebody()
        self.do("regenerate_generation", self.a_generation(user))

    def view(self) -> None:
        user = self.be_somebody()
        self.do("mark_viewed", [self.a_generation(user)])

    def trash(self) -> None:
        user = self.be_somebody()
        if self.rng.random() < 0.2:
            kind, id_ = "conversation", self.one("select id from darkroom.conversations where user_id = %s", user)
        else:
            kind, id_ = "generation", self.a_generation(user, "deleted_at is null")
        self.do("trash", kind, id_, self.rng.random() < 0.3)

    def trash_image(self) -> None:
        user = self.be_somebody()
        self.do("trash", "image", self.one("select id from darkroom.images where user_id = %s", user))

    def restore(self) -> None:
        user = self.be_somebody()
        self.do("restore", "generation", self.a_generation(user, "deleted_at is not null"))

    def purge(self) -> None:
        user = self.be_somebody()
        if self.rng.random() < 0.2:
            self.do("empty_trash", 20)
        else:
            self.do("purge", "generation", self.a_generation(user, "deleted_at is not null"))

    def pause(self) -> None:
        self.be_somebody()
        self.do("pause_queue")

    def resume(self) -> None:
        self.be_somebody()
        self.do("resume_queue")

    def look(self) -> None:
        user = self.be_somebody()
        self.do("get_queue")
        after = value(self.conn, "select greatest(seq - 20, 0) from darkroom.event_heads where user_id = %s", user)
        answer = self.do("read_events", after, 100)
        seqs = [event["seq"] for event in answer["items"]]
        if seqs != list(range(after + 1, after + 1 + len(seqs))):
            self.world.report(f"events after {after} are {seqs}")

    def hold(self) -> None:
        """A transaction that stays open for a while, and may end in nothing."""
        with self.conn.transaction(force_rollback=self.rng.random() < 0.5):
            self.create()
            self.world.stop.wait(self.rng.random() * 0.4)
        self.world.count("transactions left open")
