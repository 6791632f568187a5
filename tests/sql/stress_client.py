"""What clients of the stress test do, and whoever maintains what they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sql.engine import BANANA, INK, WATERCOLOR, Row, act_as, call, rows, value
from tests.sql.stress import Actor

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID


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
