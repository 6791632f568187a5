"""Replay equality: a snapshot, with the events after its number laid over it, is what a fresh reading gives."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.api import making
from tests.api.conftest import new_user
from tests.api.following import head_of, socket
from tests.api.world import World
from tests.sql import engine
from tests.sql.property_mirror import ESTIMATES, Mirror, without_estimates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

Object = dict[str, Any]
STEPS, PHASES = 1000, 4
# Where each kind of thing is listed and read. Images come with their generations, and have no page of their own.
LISTS = {
    "generation": "/generations",
    "card": "/history",
    "batch": "/batches",
    "conversation": "/conversations",
    "project": "/projects",
    "collection": "/collections",
}


def listed(user: User, path: str, **wanted: str) -> Iterator[Object]:
    cursor = ""
    while True:
        page = user.get(path, params={"limit": 200} | wanted | ({"cursor": cursor} if cursor else {}))
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


@dataclass
class Filtered:
    """A client that wants to hear of one thing only: its filter, its mirror, and the lists that show the same."""

    field: str
    id: str
    mirror: Mirror

    @property
    def lists(self) -> dict[str, str]:
        """What can be asked for by the same filter."""
        of_project = {"card": "/history", "batch": "/batches"} if self.field == "project_id" else {}
        return {"generation": "/generations"} | of_project

    def shown(self, user: User) -> dict[str, dict[str, Object]]:
        wanted = {self.field: self.id}
        return {
            thing: {each["id"]: without_estimates(each) for each in listed(user, path, **wanted)}
            for thing, path in self.lists.items()
        }

    def assert_same(self, user: User) -> None:
        for thing, now in self.shown(user).items():
            known = self.mirror.objects[thing]
            mine = {key: each for key, each in known.items() if each[self.field] == self.id and is_listed(thing, each)}
            assert mine.keys() == now.keys(), f"{thing}s by {self.field}: {mine.keys() ^ now.keys()}"
            for key, shown_now in now.items():
                stale = {name: (mine[key].get(name), shown_now[name]) for name in shown_now}
                stale = {name: both for name, both in stale.items() if both[0] != both[1]}
                assert not stale, f"{thing} {key} by {self.field} shows (events, list): {stale}"


def is_listed(thing: str, known: Object) -> bool:
    """The lists leave out what is in the trash, and cards without a live image."""
    return bool(known["generation_count"] and known["image_count"]) if thing == "card" else not known.get("deleted_at")


def filtered(user: User, field: str, id_: str) -> Filtered:
    """A client that begins now, with what the lists show by its filter."""
    client = Filtered(field, id_, Mirror(str(user.id)))
    client.mirror.queue = {"seq": user.get("/events")["seq"]}
    client.mirror.objects = {thing: {} for thing in (*LISTS, "image")} | client.shown(user)
    return client


def filters(world: World) -> Iterator[tuple[str, str]]:
    """By up to two of each kind of thing, as soon as there is one."""
    for thing in ("card", "batch", "conversation", "project"):
        there: list[Object] = []
        while not there:
            world.go_on(5)
            there = list(listed(world.user, LISTS[thing]))
        for each in world.dice.sample(there, min(2, len(there))):
            yield f"{thing}_id", each["id"]


@pytest.mark.parametrize("seed", [1])
def test_a_snapshot_and_the_events_after_it_are_a_fresh_reading(api: Api, admin_db: Connection, seed: int) -> None:
    """A thousand steps over HTTP, with snapshots taken in the middle of them, and sockets that follow all the time.

    Every operation that changes something is among them; and some of the sockets hear only what their filter passes.
    """
    user = new_user(api, admin_db, "ann", 100_000)
    world = World(user, admin_db, random.Random(seed))
    mirrors, by_filter, last = list[Mirror](), list[Filtered](), list[int]()

    async def mirrored(mirror: Mirror, stop: asyncio.Event, lay: Callable[[Mirror, Object], None], **how: Any) -> None:
        async with socket(api, user.key) as live:
            await live.subscribe(mirror.queue["seq"], **how)
            while not stop.is_set() or mirror.queue["seq"] < last[0]:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        lay(mirror, await live.frame())

    async def live() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for phase in range(PHASES):
                mirrors.append(await asyncio.to_thread(snapshot, user))
                tasks.create_task(mirrored(mirrors[-1], stop, apply))
                for field, id_ in await asyncio.to_thread(lambda: list(filters(world))) if phase == 1 else ():
                    client = await asyncio.to_thread(filtered, user, field, id_)
                    by_filter.append(client)
                    tasks.create_task(mirrored(client.mirror, stop, apply_filtered, filter={field: id_}))
                await asyncio.to_thread(world.go_on, STEPS // PHASES)
            last.append(head_of(user))
            stop.set()

    with user.http:
        asyncio.run(live())
        now, head, paused = fresh(user, mirrors), user.get("/events"), user.get("/queue")["paused"]
        for mirror in mirrors:
            assert_same(mirror, now)
            assert mirror.queue == {"seq": head["seq"], "paused": paused} | head["totals"]
        for client in by_filter:
            client.assert_same(user)
    assert sum(world.done.values()) > STEPS / 3
    assert world.undone == []


def apply(mirror: Mirror, frame: Object) -> None:
    for event in frame.get("items", []):
        assert event["seq"] == mirror.queue["seq"] + 1
        mirror.queue["seq"] = event["seq"]
        mirror.apply(event)
    if frame["type"] == "events":
        assert frame["seq"] == mirror.queue["seq"]
        mirror.queue |= frame["totals"]
    assert frame["type"] in ("events", "hello")


def apply_filtered(mirror: Mirror, frame: Object) -> None:
    for event in frame.get("items", []):
        mirror.apply(event)
    if frame["type"] in ("events", "cursor"):
        mirror.queue["seq"] = frame["seq"]
    assert frame["type"] in ("events", "cursor", "hello")


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
