"""The world of the property test: users, workers, a clock, and a look at everything after each step."""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
from hypothesis.stateful import RuleBasedStateMachine
from psycopg.types.json import Jsonb

from tests.sql.engine import add_token, new_user
from tests.sql.property_checks import Memory, check
from tests.sql.property_mirror import Mirror
from tests.sql.property_state import read_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Connect, Connection
    from tests.sql.property_state import Row

NOBODY = "00000000-0000-7000-8000-000000000000"
USERS = 3
WORKERS = ("w1", "w2")
HELD_STEPS_MAX = 4
LOCKED = "55P03"
# Emptied between examples row by row: truncating would throw away every plan that the sessions keep.
USER_TABLES = (
    "credit_entries", "idempotency_keys", "generation_references", "images", "jobs", "generations", "conversations",
    "history_cards", "batches", "templates", "collections", "projects", "uploads", "object_deletions", "queue",
    "schedule", "job_waits", "leases", "provider_clocks", "fair_clocks", "token_slots", "provider_tokens", "events",
    "event_heads", "users",
)  # fmt: skip
EMPTY = "; ".join(["set session_replication_role = replica", *(f"delete from darkroom.{t}" for t in USER_TABLES),
                   "set session_replication_role = origin"])  # fmt: skip


KEEP_PAGES = """
  do $$
  declare
    v_table text;
  begin
    for v_table in
      select c.oid::regclass::text
      from pg_class as c
      where c.relnamespace = 'darkroom'::regnamespace and c.relkind = 'r'
    loop
      execute format('alter table %s set (vacuum_truncate = off, toast.vacuum_truncate = off)', v_table);
    end loop;
  end
  $$"""


class RefusedError(Exception):
    """The engine said no, by one of its own SQLSTATEs, or a lock was not to be had."""

    def __init__(self, code: str, kind: str) -> None:
        super().__init__(f"{code} {kind}")
        self.code = code
        self.kind = kind


class Sessions:
    """One connection for each who acts, kept for all examples: opening them, and planning, is most of the cost."""

    def __init__(self, connect: Connect) -> None:
        self.admin = connect()  # looks, and never has to wait
        self.operator = connect()
        self.clients = [connect(role="darkroom_api") for _ in range(USERS)]
        self.workers = [connect(role="darkroom_worker") for _ in WORKERS]
        self.relay = connect(role="darkroom_api")
        self.tally: Counter[str] = Counter()
        # Vacuum would lock tables, emptied between examples as they are, to give their pages back.
        self.admin.execute(KEEP_PAGES.encode())
        # The look after each step is one large statement over small tables: planning it costs more than running it.
        self.admin.execute("set plan_cache_mode = force_generic_plan")
        self.admin.execute("set jit = off")

    def all(self) -> list[Connection]:
        return [self.admin, self.operator, *self.clients, *self.workers, self.relay]

    def wait_at_most(self, how_long: str) -> None:
        for conn in (self.operator, *self.clients, *self.workers):
            conn.execute("select set_config('lock_timeout', %s, false)", (how_long,))


class World(RuleBasedStateMachine):
    sessions: Sessions  # given by a subclass

    def __init__(self) -> None:
        super().__init__()
        self.tally = self.sessions.tally
        self.held: dict[Connection, int] = {}  # open transactions, and for how many more steps
        self.offset = 0
        self.work: list[dict[str, Any]] = []  # every claim ever answered: the calls that zombies repeat
        self.memory = Memory()
        admin = self.sessions.admin
        self.move_clocks()
        admin.execute("set darkroom.clock_offset = '0 s'")
        admin.execute(EMPTY.encode())
        for conn in self.sessions.all():
            conn.execute("select setseed(0.5)")  # the engine's own dice, so that a failure can be repeated
        self.users = [
            new_user(admin, "ann", 100_000, max_priority=3),
            new_user(admin, "bob", 60, max_active_jobs=12),
            new_user(admin, "cleo", 8, storage_quota=6000),
        ]
        for conn, user in zip(self.sessions.clients, self.users, strict=True):
            conn.execute("select set_config('darkroom.user_id', %s, false)", (str(user),))
        add_token(admin, "openrouter", calls=1)
        add_token(admin, "openrouter", calls=2)
        self.state = read_state(admin, {})
        check(self.state, self.memory)
        self.keys: dict[tuple[Any, ...], float] = {}  # idempotency keys, and when they were answered
        self.away: set[int] = set()  # users whose client is not listening
        self.mirrors = [Mirror(str(user)) for user in self.users]
        for mirror in self.mirrors:
            mirror.start(admin)

    # Steps. ---------------------------------------------------------------------------------------------------------

    def call(self, conn: Connection, query: str, params: Any = None, name: str = "") -> list[dict[str, Any]]:
        """A call of the engine. It may refuse, or meet a lock that an open transaction holds; all else is a bug."""
        try:
            # Inside an open transaction a refusal must not end the whole of it.
            with conn.transaction() if conn in self.held else contextlib.nullcontext():
                found = conn.execute(query.encode(), params)
                rows = found.fetchall() if found.description else []
        except psycopg.Error as error:
            code = error.sqlstate or ""
            if code == LOCKED and self.held:
                raise RefusedError(code, "held by an open transaction") from error
            if not code.startswith("DR"):
                raise
            self.tally[f"{code} {error.diag.constraint_name}"] += 1
            raise RefusedError(code, error.diag.constraint_name or "") from error
        if name:
            self.tally[name] += 1
        return rows

    def ask(self, user: int, function: str, *args: Any, name: str = "") -> Any:
        """A client function for a user. What is refused must have changed nothing."""
        conn = self.sessions.clients[user]
        before = self.state
        params = [Jsonb(a) if isinstance(a, dict | list) and function != "mark_viewed" else a for a in args]
        query = f"select darkroom.{function}({', '.join(['%s'] * len(args))}) as answer"
        try:
            answer = self.call(conn, query, params, name=name or function)[0]["answer"]
        except RefusedError:
            self.look()
            assert self.state.facts() == before.facts() | {"events": []}, "a refused call changed something"
            return None
        self.look()
        self.check_replay(user, function, args, answer)
        if conn not in self.held and isinstance(answer, dict) and "credits" in answer and not answer.get("replayed"):
            balance = next(u["credits"] for u in self.state.users if u["id"] == str(self.users[user]))
            assert answer["credits"] == balance, f"the reply says {answer['credits']} of {balance} credits"
        return answer

    def check_replay(self, user: int, function: str, args: tuple[Any, ...], answer: Any) -> None:
        """Within a day, a request whose idempotency key was answered is not carried out again."""
        key = args[-1].get("idempotency_key") if args and isinstance(args[-1], dict) else None
        if key is None:
            return
        use = (user, function, key, *args[:-1])
        known = self.offset - self.keys.get(use, -math.inf) < 86_000
        assert answer.get("replayed", False) or not known, f"{use} was carried out again"
        if not answer.get("replayed") and self.sessions.clients[user] not in self.held:
            self.keys[use] = self.offset
        self.tally["replay"] += known

    def look(self) -> None:
        """After each step: nothing that was promised is broken."""
        self.state = read_state(self.sessions.admin, self.memory.seen)
        check(self.state, self.memory)

    def hold(self, conn: Connection) -> None:
        # Whoever waits from now on waits for a transaction that a later step ends.
        self.sessions.wait_at_most("20ms")
        conn.execute("begin")
        self.held[conn] = HELD_STEPS_MAX
        self.tally["hold"] += 1

    def let_go(self, conn: Connection, *, commit: bool) -> None:
        del self.held[conn]
        conn.execute(b"commit" if commit else b"rollback")
        self.tally["commit" if commit else "rollback"] += 1
        self.sessions.wait_at_most("0")
        self.move_clocks()  # a rollback turned this session's clock back too
        self.look()

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        """Between two rules. Nobody holds a transaction for long, and who is online hears of everything at once."""
        super().check_invariants(*args, **kwargs)
        self.listen()
        for conn in list(self.held):
            self.held[conn] -= 1
            if self.held[conn] == 0:
                self.let_go(conn, commit=len(self.work) % 2 == 0)

    def listen(self) -> None:
        # At once, since data shows the present: whoever listens late is shown what no event told of.
        heads = {h["user_id"]: h["seq"] for h in self.state.heads}
        for user, mirror in enumerate(self.mirrors):
            if user not in self.away and heads[mirror.user] > mirror.queue["seq"]:
                mirror.follow(self.sessions.relay)

    def move_clocks(self) -> None:
        for conn in self.sessions.all():
            conn.execute("select set_config('darkroom.clock_offset', %s, false)", (f"{self.offset} s",))

    def teardown(self) -> None:
        for conn in list(self.held):
            self.let_go(conn, commit=True)
        for mirror in self.mirrors:
            mirror.follow(self.sessions.relay)
            mirror.compare(self.sessions.admin)

    def do_work(self, limit: int) -> None:
        """The ordinary life of a worker; the workers say how (property_workers)."""
        raise NotImplementedError

    def do_failing(self) -> None:
        raise NotImplementedError

    def start_work(self) -> None:
        raise NotImplementedError

    def end_work(self, how: str) -> None:
        raise NotImplementedError

    # Picking things. ------------------------------------------------------------------------------------------------

    def pick(self, user: int, thing: str, n: int, suits: Callable[[Row], bool] | None = None) -> str:
        """The n-th newest thing of a user that is there, of those that suit if some do.

        From 20 on a strange one: one that does not suit, is gone, is another user's, or nobody's.
        """
        if n == 22:
            user = (user + 1) % USERS
        known = self.memory.known[str(self.users[user])][thing]
        table = {"batch": "batches"}.get(thing, f"{thing}s")
        if n < 20 and hasattr(self.state, table):
            there = {r["id"]: suits is None or suits(r) for r in getattr(self.state, table)}
            known = [i for i in known if there.get(i)] or [i for i in known if i in there]
        return known[-1 - n % len(known)] if known and n < 23 else NOBODY

    def pick_job(self, user: int, n: int) -> int:
        known = self.memory.known[str(self.users[user])]["job"]
        return int(known[-1 - n % len(known)]) if known else 0

    def result_of(self, job: dict[str, Any]) -> dict[str, Any]:
        if job["kind"] == "caption":
            return {"caption": f"Words by lease {job['lease_no']}"}
        key = f"{job['job_id']}-{job['lease_no']}"
        sha256 = hashlib.sha256(key.encode()).hexdigest()
        return {
            "object_key": f"{key}.png", "thumbnail_key": f"{key}.thumb.png", "content_type": "image/png",
            "width": 1024, "height": 768, "bytes": 1000, "sha256": sha256, "duration_ms": 1200,
        }  # fmt: skip
