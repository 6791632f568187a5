"""A user who does anything that can be done over HTTP, as dice have it, and a worker who sometimes does not succeed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.api import making
from tests.api.calls import OPERATIONS, Call
from tests.sql import engine
from tests.sql.engine import INK, WATERCOLOR

if TYPE_CHECKING:
    import random

    from tests.api.conftest import User
    from tests.conftest import Connection

Object = dict[str, Any]
NOBODYS = "00000000-0000-7000-8000-000000000000"
# What changes nothing that anybody is shown; and what OpenAI's calls begin is a generation like any other.
SILENT = {
    "create_upload", "create_link", "delete_link", "create_download", "sign_in", "sign_out", "create_ticket",
    "generate_images", "edit_images",
}  # fmt: skip
CHANGES = sorted(name for name, each in OPERATIONS.items() if each.method != "GET" and name not in SILENT)
WORK = ("complete", "fail", "grant")
WEIGHTS = {"create_generation": 8, "complete": 10, "fail": 6}


class World:
    """A method for each operation that changes something: one without a method fails when its turn comes."""

    def __init__(self, user: User, db: Connection, dice: random.Random) -> None:
        self.user, self.db, self.dice = user, db, dice
        self.done: dict[str, int] = {}
        self.lists: dict[str, list[Object]] = {}
        self.upload = making.uploaded(user, db)

    @property
    def undone(self) -> list[str]:
        """What has not succeeded yet."""
        return [name for name in CHANGES if name not in self.done]

    def go_on(self, steps: int) -> None:
        for number in range(steps):
            if number % 10 == 0:
                self.lists.clear()
            self.step()

    def step(self) -> None:
        names = [*CHANGES, *WORK]
        (name,) = self.dice.choices(names, [WEIGHTS.get(name, 1) for name in names])
        if self.undone and self.dice.random() < 0.2:
            name = self.dice.choice(self.undone)
        call = getattr(self, name)()
        if call is None:
            return
        answer = call.send(self.user.http, OPERATIONS[name])
        assert answer.status_code < 500, answer.text
        if answer.is_success:
            self.done[name] = self.done.get(name, 0) + 1

    def one(self, path: str) -> Object:
        """Something that was there a while ago."""
        if path not in self.lists:
            self.lists[path] = self.user.get(f"{path}{'&' if '?' in path else '?'}limit=20")["items"]
        return self.dice.choice(self.lists[path] or [{"id": NOBODYS, "jobs": [{"id": 1}], "images": [], "version": 1}])

    def any(self, path: str) -> str:
        id_: str = self.one(path)["id"]
        return id_

    def maybe(self, **fields: Any) -> Object:
        return {name: value for name, value in fields.items() if self.dice.random() < 0.4}

    def word(self) -> str:
        return f"word {self.dice.random()}"

    def create_generation(self) -> Call:
        models = self.dice.choice([[INK], [INK, WATERCOLOR]])
        more = self.maybe(project_id=self.any("/projects"), write_caption=True, priority=-1)
        if more.get("project_id") == NOBODYS:
            del more["project_id"]
        return Call("/generations", {"prompt": "a fox", "models": models, "quantity": self.dice.randint(1, 3)} | more)

    def import_generation(self) -> Call:
        return Call("/generations/import", {"upload_id": self.upload})

    def create_edit(self) -> Call:
        return Call(f"/generations/{self.any('/generations')}/edits", {"prompt": "at night"})

    def update_generation(self) -> Call:
        generation = self.one("/generations")
        selected = self.dice.choice([image["id"] for image in generation["images"]] or [None])
        project = self.dice.choice([None, self.any("/projects")])
        changes = self.maybe(name=self.word(), caption=self.word(), selected_image_id=selected, project_id=project)
        return Call(f"/generations/{generation['id']}", changes)

    def delete_generation(self) -> Call:
        return Call(f"/generations/{self.any('/generations')}")

    def restore_generation(self) -> Call:
        return Call(f"/generations/{self.any('/trash?kind=generation')}/restore", {})

    def view_generation(self) -> Call:
        return Call(f"/generations/{self.any('/generations?viewed=false')}/view", {})

    def cancel_generation(self) -> Call:
        return Call(f"/generations/{self.any('/generations?active=true')}/cancel", {})

    def retry_generation(self) -> Call:
        return Call(f"/generations/{self.any('/generations?status=failed')}/retry", {})

    def regenerate_generation(self) -> Call:
        return Call(f"/generations/{self.any('/generations')}/regenerate", self.maybe(seed="same", prompt="a hare"))

    def view_queue(self) -> Call:
        now = datetime.now(UTC).isoformat()
        seen = [self.any("/generations?viewed=false")]
        return Call("/queue/viewed", {"ids": seen} if self.dice.random() < 0.5 else {"finished_before": now})

    def pause_queue(self) -> Call:
        return Call("/queue/pause", {})

    def resume_queue(self) -> Call:
        return Call("/queue/resume", {})

    def cancel_queue(self) -> Call:
        return Call(
            "/queue/cancel",
            {"scope": self.dice.choice(["queued", "all"])}
            | self.maybe(project_id=self.any("/projects"), batch_id=self.any("/batches")),
        )

    def cancel_job(self) -> Call:
        return Call(f"/jobs/{self.dice.choice(self.one('/generations?active=true')['jobs'])['id']}/cancel", {})

    def delete_card(self) -> Call:
        return Call(f"/history/{self.any('/history')}")

    def update_image(self) -> Call:
        image = self.any("/gallery?layout=images")
        return Call(f"/images/{image}", {"favourite": self.dice.random() < 0.5})

    def delete_image(self) -> Call:
        return Call(f"/images/{self.any('/gallery?layout=images')}")

    def restore_image(self) -> Call:
        return Call(f"/images/{self.any('/trash?kind=image')}/restore", {})

    def bulk(self) -> Call:
        action = self.dice.choice(["view", "delete", "restore", "purge", "cancel", "favourite", "unfavourite"])
        places = {
            "generation": "/generations", "image": "/gallery?layout=images", "conversation": "/conversations",
            "card": "/history",
        }  # fmt: skip
        if action in ("restore", "purge"):
            places = {kind: f"/trash?kind={kind}" for kind in ("generation", "image", "conversation")}
        kinds = self.dice.sample(sorted(places), 2)
        return Call(
            "/bulk", {"action": action, "items": [{"kind": kind, "id": self.any(places[kind])} for kind in kinds]}
        )

    def empty_trash(self) -> Call | None:
        return Call("/trash") if self.dice.random() < 0.2 else None  # or there would never be much in it

    def purge(self) -> Call:
        kind = self.dice.choice(["generation", "image", "conversation"])
        return Call(f"/trash/{kind}/{self.any(f'/trash?kind={kind}')}")

    def start_conversation(self) -> Call:
        return Call("/conversations", {"image_id": self.any("/gallery?layout=images"), "prompt": "bluer"})

    def add_turn(self) -> Call:
        return Call(f"/conversations/{self.any('/conversations')}/turns", {"prompt": "redder"})

    def update_conversation(self) -> Call:
        return Call(f"/conversations/{self.any('/conversations')}", {"title": self.word()})

    def delete_conversation(self) -> Call:
        with_posts = self.dice.choice(["true", "false"])
        return Call(f"/conversations/{self.any('/conversations')}?with_posts={with_posts}")

    def restore_conversation(self) -> Call:
        return Call(f"/conversations/{self.any('/trash?kind=conversation')}/restore", {})

    def create_batch(self) -> Call:
        what: Object = {"items": [{"name": name, "prompt": name} for name in "abc"]}
        collection, project = self.any("/collections"), self.any("/projects")
        if collection != NOBODYS and self.dice.random() < 0.5:
            what = {"collection_id": collection}
        return Call("/batches", what | ({} if project == NOBODYS else self.maybe(project_id=project)))

    def update_batch(self) -> Call:
        return Call(f"/batches/{self.any('/batches')}", {"name": self.word()})

    def cancel_batch(self) -> Call:
        return Call(f"/batches/{self.any('/batches?status=active')}/cancel", {})

    def view_batch(self) -> Call:
        return Call(f"/batches/{self.any('/batches')}/view", {})

    def retry_batch(self) -> Call:
        return Call(f"/batches/{self.any('/batches')}/retry", {})

    def regenerate_batch(self) -> Call:
        return Call(f"/batches/{self.any('/batches')}/regenerate", self.maybe(seed="same"))

    def create_collection(self) -> Call:
        return Call("/collections", {"name": "set", "templates": [{"name": "a", "prompt": "a cat"}]})

    def update_collection(self) -> Call:
        templates = [{"name": self.word(), "prompt": "a dog"}]
        return Call(f"/collections/{self.any('/collections')}", {"name": self.word(), "templates": templates})

    def delete_collection(self) -> Call:
        return Call(f"/collections/{self.any('/collections')}")

    def create_project(self) -> Call:
        return Call("/projects", {"name": "canvas"})

    def update_project(self) -> Call:
        project = self.one("/projects")
        changes = {"version": project["version"]} | self.maybe(name=self.word(), document={"nodes": [self.word()]})
        return Call(f"/projects/{project['id']}", changes)

    def delete_project(self) -> Call:
        return Call(f"/projects/{self.any('/projects')}")

    def complete(self) -> None:
        engine.complete(self.db, engine.claim(self.db, self.dice.randint(1, 8)))

    def fail(self) -> None:
        for job in engine.claim(self.db, 2):
            engine.fail(self.db, job, self.dice.choice(["transient", "moderated", "invalid"]))

    def grant(self) -> None:
        """What an operator gives."""
        engine.call(self.db, "grant_credits", UUID(str(self.user.id)), 5, self.word())
