"""What the users of the property test do: every function of clients, with requests good and bad."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.sql.engine import BANANA, INK, WATERCOLOR
from tests.sql.property_world import USERS, RefusedError, World

if TYPE_CHECKING:
    from tests.sql.property_state import Row

users = st.sampled_from([0, 0, 0, 1, 1, USERS - 1])
nth = st.integers(0, 23)
several = st.lists(nth, min_size=1, max_size=4)
kinds = st.sampled_from(["generation", "image", "conversation"])
model_lists = st.sampled_from(
    [[INK], [INK], [INK, WATERCOLOR], [BANANA], [BANANA, INK], ["bytedance-seed/seedream-4.5"]]
)
maybe_models = st.one_of(st.none(), model_lists)
quantities = st.sampled_from([None, None, 1, 2, 3])
keys = st.sampled_from([None, None, None, "key-1", "key-2"])
changes = st.sampled_from([{}, {"seed": "same"}, {"seed": 7}, {"models": [INK]}, {"models": [WATERCOLOR, BANANA]}])


def live(thing: Row) -> bool:
    return thing.get("deleted_at") is None


def trashed(thing: Row) -> bool:
    return not live(thing)


def unlucky(thing: Row) -> bool:
    return live(thing) and thing["failed"] + thing["cancelled"] > 0


def unfinished(thing: Row) -> bool:
    return bool(thing["failed"] + thing["cancelled"] + thing["completed"] < thing["total"])


def given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


class Clients(World):
    @initialize(start=st.sampled_from(["empty", "busy", "busy", "busy"]))
    def begin(self, start: str) -> None:
        """Mostly in the middle of things, so that few steps are spent on coming there."""
        if start == "empty":
            return
        for user in (0, 1):
            self.ask(user, "create_generation", {"prompt": "a lighthouse", "models": [INK], "quantity": 2})
            self.bring_along(user, 0)
            self.do_work(10)
            self.ask(user, "create_edit", {"image_id": self.pick(user, "image", 1), "prompt": "at night"})
            self.ask(user, "start_conversation", {"image_id": self.pick(user, "image", 0), "prompt": "warmer"})
            self.ask(user, "add_turn", {"conversation_id": self.pick(user, "conversation", 0), "prompt": "too early"})
            self.do_work(1)
            self.do_failing()
        items = [{"prompt": "one"}, {"prompt": "two", "name": "Two"}]
        self.ask(0, "create_batch", {"items": items, "models": [BANANA, INK]})
        self.do_failing()
        self.ask(0, "create_generation", {"prompt": "a boat", "write_caption": True, "models": [INK, BANANA]})
        self.ask(0, "create_collection", {"name": "Seasons", "templates": [{"name": "Autumn", "prompt": "leaves"}]})
        self.ask(0, "create_project", {"name": "Walls"})
        self.ask(0, "trash", "image", self.pick(0, "image", 1), name="trash image")
        self.ask(1, "trash", "generation", self.pick(1, "generation", 2), name="trash generation")

    @rule(
        user=users,
        models=model_lists,
        quantity=quantities,
        caption=st.sampled_from([None, "given", "written"]),
        priority=st.sampled_from([None, None, None, -2, 3]),
        wait=st.sampled_from([None, None, None, 30, 7200]),
        references=st.sampled_from([0, 0, 1, 2]),
        n=nth,
        key=keys,
    )
    def create(
        self, user: int, models: list[str], quantity: int | None, caption: str | None, priority: int | None,
        wait: int | None, references: int, n: int, key: str | None,
    ) -> None:  # fmt: skip
        start = datetime.now(UTC) + timedelta(seconds=self.offset + (wait or 0))
        request = given(
            prompt="a lighthouse", models=models, quantity=quantity, priority=priority, idempotency_key=key,
            run_at=start.isoformat() if wait else None,
            caption="words" if caption == "given" else None,
            write_caption=True if caption == "written" else None,
            project_id=self.pick(user, "project", n) if n in (0, 23) and self.state.projects else None,
            references=[{"image_id": self.pick(user, "image", n + i)} for i in range(references)] or None,
        )  # fmt: skip
        self.ask(user, "create_generation", request)
        if key is not None:  # the acknowledgement was lost
            self.ask(user, "create_generation", request)

    @rule(user=users, n=nth, of=st.sampled_from(["generation", "image"]), models=maybe_models, quantity=quantities)
    def edit(self, user: int, n: int, of: str, models: list[str] | None, quantity: int | None) -> None:
        source = {f"{of}_id": self.pick(user, of, n, live)}
        self.ask(user, "create_edit", source | given(prompt="at night", models=models, quantity=quantity))

    @rule(user=users, n=nth, start=st.booleans(), models=maybe_models, quantity=quantities)
    def converse(self, user: int, n: int, start: bool, models: list[str] | None, quantity: int | None) -> None:
        about = "image" if start or not self.state.conversations else "conversation"
        function = "start_conversation" if about == "image" else "add_turn"
        request = given(prompt="warmer", models=models, quantity=quantity)
        self.ask(user, function, {f"{about}_id": self.pick(user, about, n, live)} | request)

    @rule(user=users, items=st.integers(1, 3), models=model_lists, n=nth, key=keys, collected=st.booleans())
    def batch(self, user: int, items: int, models: list[str], n: int, key: str | None, collected: bool) -> None:
        prompts = [{"prompt": f"item {i}"} for i in range(items)]
        collection = self.pick(user, "collection", n) if collected and self.known(user, "collection") else None
        self.ask(user, "create_batch", given(
            models=models, collection_id=collection, items=None if collection else prompts, idempotency_key=key,
            project_id=self.pick(user, "project", n) if n in (1, 23) and self.state.projects else None,
        ))  # fmt: skip

    @rule(user=users, n=st.integers(0, 2))
    def bring_along(self, user: int, n: int) -> None:
        sha256 = hashlib.sha256(f"{user}-{n}".encode()).hexdigest()
        upload = self.ask(user, "create_upload", {
            "object_key": f"up-{user}-{n}.png", "content_type": "image/png", "bytes": 500, "width": 10, "height": 10,
            "sha256": sha256,
        })  # fmt: skip
        if upload is not None:
            self.ask(user, "import_generation", {"upload_id": upload["upload"]["id"], "prompt": "my photo"})

    @rule(
        user=users,
        n=nth,
        running=st.booleans(),
        gone=st.sampled_from(["source", "edit"]),
        purge=st.booleans(),
        how=st.sampled_from(["complete_jobs", "complete_jobs", "fail_jobs", "release_jobs"]),
    )
    def pull_the_rug(self, user: int, n: int, running: bool, gone: str, purge: bool, how: str) -> None:
        """What an edit was made from is thrown away, or the edit itself, before its result is there."""
        source = self.pick(user, "generation", n, live)
        edit = self.ask(user, "create_edit", {"generation_id": source, "prompt": "at night"})
        if edit is None:
            return
        if running:
            self.start_work()
        thrown = source if gone == "source" else edit["generation"]["id"]
        self.ask(user, "trash", "generation", thrown, name="trash generation")
        if purge:
            self.ask(user, "purge", "generation", thrown, name="purge generation")
        self.end_work(how)

    @rule(user=users, n=nth, of=st.sampled_from(["generation", "generation", "batch"]))
    def retry(self, user: int, n: int, of: str) -> None:
        reply = self.ask(user, f"retry_{of}", self.pick(user, of, n, unlucky))
        if reply is not None and of == "generation":
            assert not reply["generation"]["viewed"], "its next end would not be announced"

    @rule(user=users, n=nth, of=st.sampled_from(["generation", "batch"]), changed=changes, key=keys)
    def regenerate(self, user: int, n: int, of: str, changed: dict[str, Any], key: str | None) -> None:
        self.ask(user, f"regenerate_{of}", self.pick(user, of, n), changed | given(idempotency_key=key))

    @rule(user=users, n=nth, of=st.sampled_from(["generation", "job", "batch", "queue", "all"]))
    def cancel(self, user: int, n: int, of: str) -> None:
        before = self.balance(user)
        if of in ("queue", "all"):
            reply = self.ask(user, "cancel_queue", "queued" if of == "queue" else "all", name=f"cancel {of}")
        elif of == "job":
            reply = self.ask(user, "cancel_job", self.pick_job(user, n))
        else:
            reply = self.ask(user, f"cancel_{of}", self.pick(user, of, n, unfinished))
        if reply is not None and not self.held:
            assert self.balance(user) - before == reply["refunded"], reply

    @rule(user=users, pause=st.booleans())
    def pause_or_resume(self, user: int, pause: bool) -> None:
        self.ask(user, "pause_queue" if pause else "resume_queue")

    @rule(user=users, ns=several, how=st.sampled_from(["ids", "all", "batch"]))
    def mark_viewed(self, user: int, ns: list[int], how: str) -> None:
        if how == "ids":
            self.ask(user, "mark_viewed", [self.pick(user, "generation", n) for n in ns], None, None, name="viewed ids")
        elif how == "all":
            now = datetime.now(UTC) + timedelta(seconds=self.offset)
            self.ask(user, "mark_viewed", None, now, None, name="viewed all")
        else:
            self.ask(user, "mark_viewed", None, None, self.pick(user, "batch", ns[0]), name="viewed batch")

    @rule(
        user=users,
        kind=st.sampled_from(["generation", "generation", "image", "image", "conversation", "card"]),
        n=nth,
        how=st.sampled_from(["trash", "trash and restore", "trash and purge", "restore", "purge"]),
        with_posts=st.booleans(),
    )
    def throw_away(self, user: int, kind: str, n: int, how: str, with_posts: bool) -> None:
        thing = self.pick(user, kind, n, trashed if how in ("restore", "purge") else live)
        if "trash" in how:
            self.ask(user, "trash", kind, thing, with_posts, name=f"trash {kind}")
        if "restore" in how:
            self.ask(user, "restore", kind, thing, name=f"restore {kind}")
        if "purge" in how:
            self.ask(user, "purge", kind, thing, with_posts, name=f"purge {kind}")

    @rule(user=users, limit=st.sampled_from([1, 2000]))
    def empty_trash(self, user: int, limit: int) -> None:
        self.ask(user, "empty_trash", limit)

    @rule(
        user=users,
        action=st.sampled_from(["view", "delete", "delete", "restore", "purge", "cancel", "favourite", "unfavourite"]),
        kind=st.sampled_from(["generation", "image", "conversation", "card"]),
        other=kinds,
        ns=several,
    )
    def bulk(self, user: int, action: str, kind: str, other: str, ns: list[int]) -> None:
        given_kinds = [kind, other, kind, other]
        suits = trashed if action in ("restore", "purge") else live
        items = [{"kind": k, "id": self.pick(user, k, n, suits)} for k, n in zip(given_kinds, ns, strict=False)]
        self.ask(user, "bulk", action, items, name=f"bulk {action}")

    @rule(user=users, n=nth, m=nth, what=st.sampled_from(["name", "caption", "selected_image_id", "project_id", "image",
                                                          "batch", "conversation"]))  # fmt: skip
    def patch(self, user: int, n: int, m: int, what: str) -> None:
        if what == "image":
            self.ask(user, "update_image", self.pick(user, "image", n), {"favourite": m % 2 == 0})
        elif what == "batch":
            self.ask(user, "update_batch", self.pick(user, "batch", n), {"name": f"Batch {m}"})
        elif what == "conversation":
            self.ask(user, "update_conversation", self.pick(user, "conversation", n), {"title": f"Talk {m}"})
        else:
            post = self.pick(user, "generation", n, live)
            value = {
                "name": f"Name {m}",
                "caption": f"Caption {m}",
                "selected_image_id": self.pick(user, "image", m, lambda image: image["generation_id"] == post),
                "project_id": self.pick(user, "project", m) if m % 4 else None,
            }[what]
            self.ask(user, "update_generation", post, {what: value}, name=f"patch {what}")

    @rule(
        user=users,
        n=nth,
        how=st.sampled_from(["create", "change", "delete"]),
        kind=st.sampled_from(["project", "collection"]),
    )
    def organise(self, user: int, n: int, how: str, kind: str) -> None:
        templates = [{"name": f"T{i}", "prompt": f"template {i}"} for i in range(1 + n % 2)]
        body: dict[str, Any] = {"name": f"Place {n}"} | ({"templates": templates} if kind == "collection" else {})
        if how == "create":
            self.ask(user, f"create_{kind}", body)
        elif how == "delete":
            self.ask(user, f"delete_{kind}", self.pick(user, kind, n))
        else:
            extra = {"version": 1 + n % 2} if kind == "project" else {}
            self.ask(user, f"update_{kind}", self.pick(user, kind, n), body | extra)

    @rule(user=users, amount=st.sampled_from([1, 20, -1, -15]), reference=st.sampled_from(["pay-1", "pay-2", "pay-3"]))
    def grant(self, user: int, amount: int, reference: str) -> None:
        grant = "select * from darkroom.grant_credits(%s, %s, %s)"
        with contextlib.suppress(RefusedError):
            self.call(self.sessions.operator, grant, (self.users[user], amount, reference), "grant")
        self.look()

    @precondition(lambda self: not self.held)
    @rule(user=users)
    def open_transaction(self, user: int) -> None:
        """What this user does next, other sessions see only when it ends, if it does not roll back."""
        self.hold(self.sessions.clients[user])

    def known(self, user: int, thing: str) -> list[Any]:
        return self.memory.known[str(self.users[user])][thing]

    def balance(self, user: int) -> int:
        return next(int(u["credits"]) for u in self.state.users if u["id"] == str(self.users[user]))
