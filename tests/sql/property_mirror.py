"""A client that reads everything once and lives on events from then on: it must always show what a fresh read would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from tests.sql.engine import DELIVER

if TYPE_CHECKING:
    from tests.conftest import Connection

Row = dict[str, Any]
THINGS = {
    "generation": "generations",
    "card": "history_cards",
    "image": "images",
    "batch": "batches",
    "conversation": "conversations",
    "project": "projects",
    "collection": "collections",
}
# Estimates of the moment of reading: they move with everybody's jobs, so no event tells of them.
ESTIMATES = ("queue_position", "eta_seconds")
SNAPSHOT = "select json_build_object({}) as objects".format(
    ", ".join(
        f"""'{thing}', (
      select coalesce(json_object_agg(o.id, o.object), '{{}}')
      from darkroom.{thing}_objects(
        %(user)s, array(select t.id from darkroom.{table} as t where t.user_id = %(user)s)) as o)"""
        for thing, table in THINGS.items()
    )
    + """, 'queue', (
      select json_build_object('active', h.active_count, 'unviewed', h.unviewed_count, 'credits', u.credits,
        'paused', u.paused_at is not null, 'seq', h.seq)
      from darkroom.users as u
      join darkroom.event_heads as h on h.user_id = u.id
      where u.id = %(user)s)"""
)


class Mirror:
    def __init__(self, user: str) -> None:
        self.user = user
        self.objects: dict[str, Row] = {}
        self.queue: Row = {}
        self.epoch = ""

    def start(self, admin: Connection) -> None:
        self.objects, self.queue = fresh(admin, self.user)

    def follow(self, relay: Connection, limit: int = 100) -> int:
        """Lay what happened since over what is there, page by page, as the relay delivers it."""
        followed = 0
        while True:
            cursor = {"user_id": self.user, "after": self.queue["seq"], "epoch": self.epoch or None}
            page = relay.execute(DELIVER, (Jsonb([cursor]), limit), prepare=True).fetchone()
            assert page is not None
            assert not page["reset"], f"reset after {cursor}"
            assert self.epoch in ("", page["epoch"])
            self.epoch = page["epoch"]
            for item in page["items"]:
                assert item["seq"] == self.queue["seq"] + 1, f"a gap before {item}"
                self.queue["seq"] = item["seq"]
                self.apply(item)
                followed += 1
            assert page["next_after"] == self.queue["seq"]
            if not page["has_more"]:
                self.queue |= page["totals"]
                return followed

    def apply(self, item: Row) -> None:
        kind, ids, data = item["kind"], item["ids"], item["data"]
        for thing in THINGS:
            own = thing not in ("project", "collection") or kind.startswith(f"{thing}.")
            if f"{thing}_id" not in ids or not own:
                continue
            if thing in data:
                self.objects[thing][ids[f"{thing}_id"]] = without_estimates(data[thing])
            else:
                self.forget(thing, ids[f"{thing}_id"])
        if "generation" in data:
            for image in data["generation"]["images"]:
                self.objects["image"][image["id"]] = image
            if "job" in data:
                assert data["job"] in data["generation"]["jobs"], item
        if kind in ("queue.paused", "queue.resumed"):
            self.queue["paused"] = kind == "queue.paused"

    def forget(self, thing: str, key: str) -> None:
        self.objects[thing].pop(key, None)
        if thing == "generation":
            mine = [i for i, image in self.objects["image"].items() if image["generation_id"] == key]
            for image in mine:
                del self.objects["image"][image]

    def compare(self, admin: Connection) -> None:
        """After following to the end, the mirror is what a fresh read shows."""
        objects, queue = fresh(admin, self.user)
        assert self.queue == queue
        for thing in THINGS:
            mine, theirs = self.objects[thing], objects[thing]
            assert mine.keys() == theirs.keys(), f"{thing}: {set(mine) ^ set(theirs)} are only on one side"
            for key, now in theirs.items():
                stale = {f: (mine[key].get(f), now[f]) for f in now if mine[key].get(f) != now[f]}
                assert not stale, f"{thing} {key} shows (events, fresh read): {stale}"


def fresh(admin: Connection, user: str) -> tuple[dict[str, Row], Row]:
    found = admin.execute(SNAPSHOT.encode(), {"user": user}, prepare=True).fetchone()
    assert found is not None
    objects = found["objects"]
    queue = objects.pop("queue")
    return {t: {k: without_estimates(o) for k, o in objects[t].items()} for t in objects}, queue


def without_estimates(thing: Row) -> Row:
    return {k: v for k, v in thing.items() if k not in ESTIMATES}
