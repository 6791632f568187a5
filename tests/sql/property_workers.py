"""What workers, maintenance and operators of the property test do. Each answer is foretold from the rows before it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from psycopg.types.json import Jsonb

from tests.sql.engine import SECRET
from tests.sql.property_world import LOCKED, WORKERS, RefusedError, World

if TYPE_CHECKING:
    from tests.sql.property_state import State

CLASSES = ("transient", "timeout", "rate_limited", "token_rejected", "invalid", "moderated")
MAINTENANCE = (
    "rescue_expired_leases()",
    "promote_due()",
    "mend_jobs()",
    "purge_expired_trash(3)",
    "drop_old_idempotency_keys()",
)
NEEDED = """
  select k.object_key
  from unnest(%s::text[]) as k (object_key)
  where exists (select from darkroom.images as i where k.object_key in (i.object_key, i.thumbnail_key))
    or exists (select from darkroom.uploads as u where u.object_key = k.object_key)
    or exists (
      select
      from darkroom.generation_references as r
      join darkroom.generations as g on g.user_id = r.user_id and g.id = r.generation_id
      where r.object_key = k.object_key and g.finished_at is null)"""
workers = st.integers(0, len(WORKERS) - 1)
limits = st.sampled_from([1, 1, 2, 3, 10])
provider_lists = st.sampled_from([None, None, ["sketch"], ["openrouter"], ["openrouter", "sketch"], ["nobody"]])
calls = st.lists(st.integers(0, 30), min_size=1, max_size=3)
leases = st.sampled_from(["30 s", "60 s", "600 s"])
Job = dict[str, Any]


class Workers(World):
    @rule(worker=workers, limit=limits, providers=provider_lists, lease=leases, hint=st.booleans())
    def claim(self, worker: int, limit: int, providers: list[str] | None, lease: str, hint: bool) -> None:
        self.claim_some(worker, limit, providers, lease, hint=hint)
        self.look()

    @rule(worker=workers, limit=st.sampled_from([3, 10]), lease=leases)
    def claim_any(self, worker: int, limit: int, lease: str) -> None:
        self.claim(worker, limit, None, lease, hint=False)

    @rule(worker=workers, limit=st.sampled_from([1, 2, 5, 10]), providers=provider_lists)
    def work_off(self, worker: int, limit: int, providers: list[str] | None) -> None:
        """The ordinary life of a worker: claim and complete."""
        jobs = self.claim_some(worker, limit, providers, "60 s")
        self.look()
        self.settle(worker, "complete_jobs", [self.completion(j) for j in jobs])

    @rule(worker=workers, picked=calls, twice=st.booleans())
    def complete(self, worker: int, picked: list[int], twice: bool) -> None:
        """Calls come home: current ones, those of zombies, and acknowledged ones once more."""
        items = [self.completion(j) for j in self.picked(worker, picked)]
        self.settle(worker, "complete_jobs", items)
        if twice:
            self.settle(worker, "complete_jobs", items)

    @rule(worker=workers, picked=calls, kind=st.sampled_from(CLASSES), after=st.sampled_from([None, None, "40 s"]))
    def fail(self, worker: int, picked: list[int], kind: str, after: str | None) -> None:
        items = [
            {"job_id": j["job_id"], "lease_no": j["lease_no"], "class": kind, "message": "broke", "retry_after": after}
            for j in self.picked(worker, picked)
        ]
        self.settle(worker, "fail_jobs", items, what=f"fail {kind}")

    @rule(
        worker=workers, picked=calls, how=st.sampled_from(["release", "release", "guess", "guess", "heartbeat", "ref"])
    )
    def fuss(self, worker: int, picked: list[int], how: str) -> None:
        """The rarer calls of workers; one of them guesses lease numbers."""
        jobs = self.picked(worker, picked)
        if how == "release":
            self.settle(worker, "release_jobs", [self.named(j) for j in jobs])
        elif how == "guess":
            # The first is a guess; with it go right ones, perhaps of the same user, whose mutex is held then.
            off = 1 if picked[0] % 2 else 1000
            guesses = [self.completion(j) | {"lease_no": j["lease_no"] + off} for j in jobs[:1]]
            right = [self.completion(j) for j in [*jobs[1:], *self.running()[:1]]]
            self.settle(worker, "complete_jobs", guesses + right, what="guess")
        elif how == "heartbeat":
            self.heartbeat(worker, jobs)
        else:
            self.set_provider_ref(worker, jobs[:1])

    def heartbeat(self, worker: int, jobs: list[Job]) -> None:
        before = self.state
        items = [self.named(j) for j in jobs]
        conn = self.sessions.workers[worker]
        told = self.call(conn, "select * from darkroom.heartbeat(%s, %s)", (WORKERS[worker], Jsonb(items)), "heartbeat")
        self.look()
        if self.held:
            return
        named = {(i["job_id"], i["lease_no"]) for i in items}
        kept = {r["job_id"]: r["expires_at"] for r in before.leases}
        for lease in self.state.leases:
            mine = (lease["job_id"], lease["lease_no"]) in named and lease["worker"] == WORKERS[worker]
            prolonged = lease["expires_at"] != kept[lease["job_id"]]
            assert prolonged == (mine and not lease["revoked"]), f"{WORKERS[worker]} beat for {named}: {lease}"
        answers = {(t["job_id"], t["lease_no"]): t["state"] for t in told}
        for item in items:
            held = before.lease(item["job_id"])
            expected: str | None = "lost"
            if held is not None and (held["lease_no"], held["worker"]) == (item["lease_no"], WORKERS[worker]):
                expected = "cancelled" if held["revoked"] else None
            assert answers.get((item["job_id"], item["lease_no"])) == expected, f"{item} of {held}: {told}"

    def set_provider_ref(self, worker: int, jobs: list[Job]) -> None:
        before = self.state
        conn = self.sessions.workers[worker]
        for j in jobs:
            try:
                stored = self.call(
                    conn,
                    "select darkroom.set_provider_ref(%s, %s, %s) as stored",
                    (j["job_id"], j["lease_no"], "ref"),
                    "set_provider_ref",
                )[0]["stored"]
            except RefusedError:
                continue
            now = before.job(j["job_id"])
            current = now is not None and now["status"] == "processing" and now["lease_no"] == j["lease_no"]
            assert self.held or stored == current
        self.look()

    @rule(worker=workers, how=st.sampled_from(["transient", "timeout", "die"]), rounds=st.integers(2, 6))
    def wear_out(self, worker: int, how: str, rounds: int) -> None:
        """Nothing works for a while, until the tries are used up."""
        for _ in range(rounds):
            self.claim_some(worker, 10, None, "30 s")
            self.look()
            if how != "die":
                broken = {"class": how, "message": "broke"}
                self.settle(worker, "fail_jobs", [self.named(j) | broken for j in self.running()])
            self.offset += 40
            self.move_clocks()
            self.maintain(worker, "rescue_expired_leases()")
            self.maintain(worker, "promote_due()")
        self.tally["worn out"] += sum(j["status"] == "failed" and j["attempt"] == 4 for j in self.state.jobs)

    @rule(seconds=st.sampled_from([1, 6, 25, 25, 70, 70, 700, 4000]), then=st.sets(st.sampled_from(MAINTENANCE[:3])))
    def let_time_pass(self, seconds: int, then: set[str]) -> None:
        self.offset += seconds
        self.move_clocks()
        self.look()
        for call in sorted(then):
            self.maintain(0, call)

    @rule(
        worker=workers,
        days=st.sampled_from([0, 0, 1, 31]),
        then=st.sampled_from([*MAINTENANCE, "objects", "objects", "objects"]),
    )
    def tidy_up(self, worker: int, days: int, then: str) -> None:
        """Maintenance, sometimes after a long while."""
        self.offset += days * 86400
        self.move_clocks()
        if then == "objects":
            self.delete_objects(worker)
        else:
            self.maintain(worker, then)

    def delete_objects(self, worker: int) -> None:
        """What is handed out for deletion is shown by nobody and needed by nobody."""
        conn = self.sessions.workers[worker]
        objects = self.call(conn, "select * from darkroom.next_object_deletions(10)", name="next_object_deletions")
        needed = self.call(self.sessions.operator, NEEDED, ([o["object_key"] for o in objects],))
        assert self.held or needed == [], f"{needed} are needed, yet handed out for deletion"
        self.call(conn, "select darkroom.confirm_object_deletions(%s)", ([o["id"] for o in objects],), "confirm")
        self.tally["objects deleted"] += len(objects)
        self.look()

    @rule(how=st.sampled_from(["add", "off", "on", "on", "on", "remove", "next"]), n=st.integers(0, 3))
    def tokens(self, how: str, n: int) -> None:
        """Operators add, switch and remove provider tokens; somebody outside the job loop takes one."""
        tokens = sorted(self.state.tokens, key=lambda t: str(t["id"]))
        token = tokens[n % len(tokens)]["id"]
        query, params = {
            "add": ("select * from darkroom.add_provider_token('openrouter', '', %s, %s)", (SECRET, 1 + n % 2)),
            "off": ("select * from darkroom.set_provider_token_active(%s, false)", (token,)),
            "on": ("select * from darkroom.set_provider_token_active(%s, true)", (token,)),
            "remove": ("select * from darkroom.remove_provider_token(%s)", (token,)),
            "next": ("select * from darkroom.get_next_provider_token('openrouter')", ()),
        }[how]
        if how in ("add", "remove") and n != 0:
            return  # now and then is enough
        with contextlib.suppress(RefusedError):
            self.call(self.sessions.operator, str(query), params, f"token {how}")
        self.look()

    @rule(n=st.integers(0, 7), status=st.sampled_from(["cancelled", "failed", "completed"]))
    def set_by_hand(self, n: int, status: str) -> None:
        """Somebody in psql ends a job that waits. What follows must be the same.

        Not an image that waits for its caption: the last of them cannot end, by a check, while that is still paid for.
        """
        captionless = {w["job_id"] for w in self.state.waits}
        waiting = [j for j in self.state.jobs if j["status"] == "queued" and j["id"] not in captionless]
        if waiting:
            job = waiting[-1 - n % len(waiting)]
            result = Jsonb(self.result_of({"kind": job["kind"], "job_id": job["id"], "lease_no": 0}))
            update = """
              update darkroom.jobs
              set status = %s, result = %s, error_class = %s, finished_at = darkroom.clock()
              where id = %s"""
            ended = (result if status == "completed" else None, "invalid" if status == "failed" else None)
            with contextlib.suppress(RefusedError):
                self.call(self.sessions.operator, update, (status, *ended, job["id"]), f"{status} by hand")
        self.look()

    @precondition(lambda self: not self.held)
    @rule(worker=workers)
    def open_worker_transaction(self, worker: int) -> None:
        self.hold(self.sessions.workers[worker])

    @rule(commit=st.booleans())
    def end_transaction(self, commit: bool) -> None:
        for conn in list(self.held):
            self.let_go(conn, commit=commit)

    @rule(user=st.integers(0, 2), limit=st.sampled_from([1, 3, 100]))
    def be_away(self, user: int, limit: int) -> None:
        """A client loses its connection, or comes back and catches up page by page."""
        if user in self.away:
            self.away.remove(user)
            self.mirrors[user].follow(self.sessions.relay, limit)
            self.mirrors[user].compare(self.sessions.admin)
        else:
            self.away.add(user)

    def do_work(self, limit: int) -> None:
        self.work_off(0, limit, None)

    def do_failing(self) -> None:
        self.fail(0, [0], "moderated", None)

    def start_work(self) -> None:
        self.claim(1, 10, None, "60 s", hint=False)

    def end_work(self, how: str) -> None:
        """Whatever runs comes to an end; one by one, since then only that one call's user is locked."""
        for job in self.running()[-10:]:
            broken = {"class": "transient", "message": "broke"} if how == "fail_jobs" else {}
            self.settle(1, how, [self.completion(job) | broken])

    # How it is done. ------------------------------------------------------------------------------------------------

    def claim_some(
        self, worker: int, limit: int, providers: list[str] | None, lease: str, *, hint: bool = False
    ) -> list[Job]:
        conn = self.sessions.workers[worker]
        known = Jsonb({j["provider"]: j["claim_key"] for j in self.work[-3:]}) if hint and self.work else None
        found = self.call(
            conn,
            "select * from darkroom.claim_jobs(%s, %s, %s, %s::interval, %s)",
            (WORKERS[worker], limit, providers, lease, known),
            "claim",
        )
        jobs = [j for j in found if j["job_id"] is not None]
        busy = [j for j in found if j["job_id"] is None]
        assert len(jobs) <= limit
        assert not (jobs and busy)
        assert not busy or self.held or known, "busy, but nobody holds anything, and the look began at the start"
        self.tally["busy claim" if busy else "full claim" if jobs else "empty claim"] += 1
        tokened = {t["provider"] for t in self.state.tokens}
        for j in jobs:
            assert providers is None or j["provider"] in providers
            assert (j["token_id"] is not None) == (j["provider"] in tokened), f"{j} came without a token"
        self.work.extend(jobs)
        return jobs

    def settle(self, worker: int, function: str, items: list[Job], what: str | None = None) -> None:
        """Send answers home, and hold the reply against what the rows said before."""
        if not items:
            return
        before = self.state
        conn = self.sessions.workers[worker]
        try:
            answers = self.call(conn, f"select * from darkroom.{function}(%s)", (Jsonb(items),), what or function)
        except RefusedError as refused:
            if refused.code != LOCKED:
                raise
            self.look()
            return
        self.look()
        foretold = {foretell(function, before, item) for item in items}
        given = {(a["job_id"], a["lease_no"], a["answer"]) for a in answers}
        self.tally.update(f"{function} {a['answer']}" for a in answers)
        if not self.held:
            assert given == foretold, f"{function} of {items} answered {given}, not {foretold}"
            left = {(r["job_id"], r["lease_no"]) for r in self.state.leases}
            assert not left & {(job, lease) for job, lease, _ in given}, "a lease outlived its worker's last word"

    def maintain(self, worker: int, call: str) -> None:
        self.call(self.sessions.workers[worker], f"select darkroom.{call} as done", name=call.partition("(")[0])
        self.look()

    def picked(self, worker: int, picked: list[int]) -> list[Job]:
        """Calls of workers: mostly those that are running (one is begun if none is), else whatever was ever claimed."""
        if min(picked) < 24 and not self.running():
            self.claim(worker, 2, None, "60 s", hint=False)
        running = self.running()
        return [work[-1 - n % len(work)] for n in picked if (work := running if n < 24 and running else self.work)]

    def running(self) -> list[Job]:
        leases = {(r["job_id"], r["lease_no"]) for r in self.state.leases}
        return [j for j in self.work if (j["job_id"], j["lease_no"]) in leases]

    def named(self, job: Job) -> Job:
        return {"job_id": job["job_id"], "lease_no": job["lease_no"]}

    def completion(self, job: Job) -> Job:
        return self.named(job) | {"result": self.result_of(job)}


def foretell(function: str, before: State, item: Job) -> tuple[int, int, str]:
    """What a worker must be told, from the rows as they were."""
    job, lease = before.job(item["job_id"]), before.lease(item["job_id"])
    answer = "refused"
    if lease is not None and lease["lease_no"] == item["lease_no"] and not lease["revoked"]:
        answer = "accepted"
    elif job is not None and job["lease_no"] == item["lease_no"]:
        completed = function == "complete_jobs" and job["status"] == "completed"
        failed = function == "fail_jobs" and job["error_class"] is not None and job["status"] in ("queued", "failed")
        answer = "already" if completed or failed else "refused"
    return item["job_id"], item["lease_no"], answer
