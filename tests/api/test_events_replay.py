"""Replay equality: a snapshot, with the events after its number laid over it, is what a fresh reading gives."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.api import making
from tests.api.conftest import new_user
from tests.api.following import head_of, socket
from tests.sql import engine
from tests.sql.engine import INK, WATERCOLOR
from tests.sql.property_mirror import ESTIMATES, Mirror

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

Object = dict[str, Any]
STEPS = 1000
# Where each kind of thing is listed and read. Images come with their generations, and have no page of their own.
LISTS = {
    "generation": "/generations",
    "card": "/history",
    "batch": "/batches",
    "conversation": "/conversations",
    "project": "/projects",
    "collection": "/collections",
}


def listed(user: User, path: str) -> Iterator[Object]:
    cursor = ""
    while True:
        page = user.get(f"{path}?limit=200" + (f"&cursor={cursor}" if cursor else ""))
        yield from page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return


def snapshot(user: User) -> Mirror:
    """Everything that the lists show, from the number before the first of them."""
    mirror = Mirror(str(user.id))
    head = user.get("/events")
    mirror.objects = {thing: {each["id"]: each for each in listed(user, path)} for thing, path in LISTS.items()}
    for each in mirror.objects["generation"].values():
        for estimate in ESTIMATES:
            del each[estimate]
    mirror.objects["image"] = {
        image["id"]: image for each in mirror.objects["generation"].values() for image in each["images"]
    }
    mirror.queue = {"seq": head["seq"], "paused": user.get("/queue")["paused"]} | head["totals"]
    return mirror


def fresh(user: User, mirrors: list[Mirror]) -> dict[str, dict[str, Object]]:
    """What single readings show of everything that a list or a mirror knows."""
    found: dict[str, dict[str, Object]] = {}
    for thing, path in LISTS.items():
        keys = {each["id"] for each in listed(user, path)}.union(*(mirror.objects[thing] for mirror in mirrors))
        answers = {key: user.http.get(f"/v1{path}/{key}") for key in keys}
        # A card of which nothing is left to be shown is not shown.
        assert all(answer.status_code == 200 or thing == "card" for answer in answers.values())
        found[thing] = {key: answer.json() for key, answer in answers.items() if answer.status_code == 200}
    return found


def assert_same(mirror: Mirror, now: dict[str, dict[str, Object]]) -> None:
    for thing, objects in now.items():
        for key, shown_now in objects.items():
            if key not in mirror.objects[thing]:  # in the trash when the snapshot was taken, and not in its lists
                assert thing == "card" or shown_now["deleted_at"], f"{thing} {key} is unknown to the events"
                continue
            mine = mirror.objects[thing][key]
            stale = {name: (mine[name], shown_now.get(name)) for name in mine if mine[name] != shown_now.get(name)}
            assert not stale, f"{thing} {key} shows (events, fresh reading): {stale}"
    for generation in now["generation"].values():
        for image in generation["images"] if generation["id"] in mirror.objects["generation"] else []:
            assert mirror.objects["image"][image["id"]] == image


class World:
    """A user who does anything that can be done, and a worker."""

    def __init__(self, user: User, db: Connection, dice: random.Random) -> None:
        self.user, self.db, self.dice = user, db, dice
        self.done: dict[str, int] = {}
        self.lists: dict[str, list[str]] = {}

    def go_on(self, steps: int) -> None:
        for number in range(steps):
            if number % 20 == 0:
                self.lists.clear()
            self.step()

    def step(self) -> None:
        names = [name for name in dir(self) if name.startswith(("ask_", "keep_", "work_"))]
        weights = [6 if name.startswith(("ask_gen", "work_")) else 1 for name in names]
        (name,) = self.dice.choices(names, weights)
        answered = getattr(self, name)()
        if answered is not None and answered < 300:
            self.done[name] = self.done.get(name, 0) + 1

    def call(self, method: str, path: str, json: Any = None) -> int:
        answer = self.user.http.request(method, f"/v1{path}", json=json)
        assert answer.status_code < 500, answer.text
        return answer.status_code

    def any(self, path: str) -> str:
        """The id of something that was there a while ago."""
        if path not in self.lists:
            page = self.user.get(f"{path}{'&' if '?' in path else '?'}limit=20")
            self.lists[path] = [item["id"] for item in page["items"]]
        return self.dice.choice(self.lists[path] or ["00000000-0000-7000-8000-000000000000"])

    def ask_generation(self) -> int:
        request: Object = {"prompt": "a lighthouse", "quantity": self.dice.randint(1, 3)}
        request["models"] = self.dice.choice([[INK], [INK, WATERCOLOR]])
        request["write_caption"] = self.dice.random() < 0.2
        if self.dice.random() < 0.2:
            request["project_id"] = self.any("/projects")
        return self.call("POST", "/generations", request)

    def ask_edit(self) -> int:
        return self.call("POST", f"/generations/{self.any('/generations')}/edits", {"prompt": "at night"})

    def ask_batch(self) -> int:
        return self.call("POST", "/batches", {"items": [{"name": n, "prompt": n} for n in "abc"]})

    def ask_conversation(self) -> int:
        image = self.any("/gallery?layout=images")
        return self.call("POST", "/conversations", {"image_id": image, "prompt": "bluer"})

    def ask_turn(self) -> int:
        return self.call("POST", f"/conversations/{self.any('/conversations')}/turns", {"prompt": "redder"})

    def ask_again(self) -> int:
        which = self.dice.choice(["retry", "regenerate"])
        return self.call("POST", f"/generations/{self.any('/generations')}/{which}", {})

    def keep_cancel(self) -> int:
        return self.call("POST", f"/generations/{self.any('/generations?active=true')}/cancel", {})

    def keep_cancel_batch(self) -> int:
        return self.call("POST", f"/batches/{self.any('/batches')}/cancel", {})

    def keep_viewed(self) -> int:
        return self.call("POST", f"/generations/{self.any('/generations?viewed=false')}/view", {})

    def keep_name(self) -> int:
        return self.call("PATCH", f"/generations/{self.any('/generations')}", {"name": str(self.dice.random())})

    def keep_favourite(self) -> int:
        image = self.any("/gallery?layout=images")
        return self.call("PATCH", f"/images/{image}", {"favourite": self.dice.random() < 0.5})

    def keep_trash(self) -> int:
        return self.call("DELETE", f"/generations/{self.any('/generations')}")

    def keep_trash_image(self) -> int:
        return self.call("DELETE", f"/images/{self.any('/gallery?layout=images')}")

    def keep_trash_conversation(self) -> int:
        return self.call("DELETE", f"/conversations/{self.any('/conversations')}")

    def keep_restore(self) -> int:
        return self.call("POST", f"/generations/{self.any('/trash?kind=generation')}/restore", {})

    def keep_purge(self) -> int:
        return self.call("DELETE", f"/trash/generation/{self.any('/trash?kind=generation')}")

    def keep_project(self) -> int:
        if self.dice.random() < 0.5:
            return self.call("POST", "/projects", {"name": "canvas"})
        project = self.any("/projects")
        if self.dice.random() < 0.3:
            return self.call("DELETE", f"/projects/{project}")
        return self.call("PATCH", f"/projects/{project}", {"name": str(self.dice.random()), "version": 1})

    def keep_collection(self) -> int:
        if self.dice.random() < 0.7:
            return self.call("POST", "/collections", {"name": "set", "templates": [{"name": "a", "prompt": "a cat"}]})
        return self.call("DELETE", f"/collections/{self.any('/collections')}")

    def keep_pause(self) -> int:
        self.call("POST", "/queue/pause", {})
        return self.call("POST", "/queue/resume", {}) if self.dice.random() < 0.8 else 200

    def work_complete(self) -> None:
        engine.complete(self.db, engine.claim(self.db, self.dice.randint(1, 6)))

    def work_fail(self) -> None:
        for job in engine.claim(self.db, 2):
            engine.fail(self.db, job, self.dice.choice(["transient", "moderated", "invalid"]))


@pytest.mark.parametrize("seed", [1])
def test_a_snapshot_and_the_events_after_it_are_a_fresh_reading(api: Api, admin_db: Connection, seed: int) -> None:
    """A thousand steps over HTTP, with snapshots taken in the middle of them, and sockets that follow all the time."""
    user = new_user(api, admin_db, "ann", 100_000)
    world = World(user, admin_db, random.Random(seed))
    mirrors, last = list[Mirror](), list[int]()

    async def mirrored(mirror: Mirror, stop: asyncio.Event) -> None:
        async with socket(api, user.key) as live:
            await live.subscribe(mirror.queue["seq"])
            while not stop.is_set() or mirror.queue["seq"] < last[0]:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        apply(mirror, await live.frame())

    async def live() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(4):
                mirrors.append(await asyncio.to_thread(snapshot, user))
                tasks.create_task(mirrored(mirrors[-1], stop))
                await asyncio.to_thread(world.go_on, STEPS // 4)
            last.append(head_of(user))
            stop.set()

    with user.http:
        asyncio.run(live())
        now, head, paused = fresh(user, mirrors), user.get("/events"), user.get("/queue")["paused"]
        for mirror in mirrors:
            assert_same(mirror, now)
            assert mirror.queue == {"seq": head["seq"], "paused": paused} | head["totals"]
    assert sum(world.done.values()) > STEPS / 3
    assert len(world.done) > 15, world.done


def apply(mirror: Mirror, frame: Object) -> None:
    for event in frame.get("items", []):
        assert event["seq"] == mirror.queue["seq"] + 1
        mirror.queue["seq"] = event["seq"]
        mirror.apply(event)
    if frame["type"] == "events":
        assert frame["seq"] == mirror.queue["seq"]
        mirror.queue |= frame["totals"]
    assert frame["type"] in ("events", "hello")


def test_the_number_of_an_answer_is_enough_to_go_on_from(ann: User, admin_db: Connection) -> None:
    """Darkroom-Seq is of the same moment as the body."""
    made = making.asked(ann, quantity=2)
    answer = ann.http.get(f"/v1/generations/{made['id']}")
    mirror = Mirror(str(ann.id))
    mirror.objects = {thing: {} for thing in (*LISTS, "image")}
    mirror.objects["generation"][made["id"]] = answer.json()
    mirror.queue = {"seq": int(answer.headers["darkroom-seq"])}
    engine.work_off(admin_db)

    page = ann.get(f"/events?after={mirror.queue['seq']}")
    for event in page["items"]:
        mirror.apply(event)

    mine, now = mirror.objects["generation"][made["id"]], making.read(ann, made)
    assert mine == {name: now[name] for name in mine}
    assert mine["status"] == "completed"
