"""What a worker of the stress test does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from tests.sql.engine import Row, claim_or_busy, result_for, rows, value
from tests.sql.stress import Actor

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.sql.stress import World


CLASSES = ("transient", "timeout", "rate_limited", "token_rejected", "invalid", "moderated")


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
