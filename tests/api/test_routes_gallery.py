"""History, gallery and single images over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.api.making import asked, finished
from tests.sql.engine import INK, WATERCOLOR

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")


def ids(user: User, path: str, **query: Any) -> list[str]:
    return [each["id"] for each in user.get(path, params=query)["items"]]


def test_history_shows_a_generation_and_its_edits_as_one_card(ann: User, admin_db: Connection) -> None:
    source = finished(ann, admin_db, name="Dawn", quantity=2)
    other = finished(ann, admin_db)
    ann.post(f"/generations/{source['id']}/edits", {"prompt": "snow"}, status=202)
    asked(ann)  # has no image to show

    history = ann.get("/history")["items"]

    assert [card["id"] for card in history] == [source["card_id"], other["card_id"]]
    card = ann.get(f"/history/{source['card_id']}")
    assert card == history[0]
    assert (card["title"], card["generation_count"], card["image_count"], card["active_count"]) == ("Dawn", 2, 2, 1)
    assert card["cover_image"] == source["images"][0]
    assert ids(ann, "/history", q="light") == [source["card_id"], other["card_id"]]
    assert ids(ann, "/history", category="import") == []


def test_a_card_goes_into_the_trash_as_a_whole(ann: User, admin_db: Connection) -> None:
    source = finished(ann, admin_db)
    edit = ann.post(f"/generations/{source['id']}/edits", {"prompt": "snow"}, status=202)["generation"]

    assert ann.call("DELETE", f"/history/{source['card_id']}", 200) == {"kind": "card", "id": source["card_id"]}

    assert ann.get("/history")["items"] == []
    assert {each["id"] for each in ann.get("/trash")["items"]} == {source["id"], edit["id"]}
    assert ann.call("DELETE", f"/history/{uuid4()}", 404)
    assert ann.get("/history/no-card", 404)["type"] == "/problems/not-found"


def test_the_gallery_shows_posts_or_images(ann: User, admin_db: Connection) -> None:
    first = finished(ann, admin_db, prompt="a red fox", models=[INK], quantity=2)
    second = finished(ann, admin_db, prompt="a blue whale", models=[WATERCOLOR], name="Whale")
    images = [image["id"] for image in first["images"]]

    assert ids(ann, "/gallery") == [second["id"], first["id"]]
    assert ids(ann, "/gallery", sort="oldest") == [first["id"], second["id"]]
    assert ids(ann, "/gallery", layout="images", q="fo") == list(reversed(images))
    assert ids(ann, "/gallery", model=WATERCOLOR) == [second["id"]]
    assert ids(ann, "/gallery", **{"from": second["created_at"]}) == [second["id"]]
    assert ids(ann, "/gallery", to=first["created_at"], category="generate", status="completed") == [first["id"]]
    [whale] = ann.get("/gallery", params={"layout": "images", "q": "whale"})["items"]
    assert whale["generation"] == {"id": second["id"], "name": "Whale", "caption": None, "status": "completed"}

    page = ann.get("/gallery", params={"layout": "images", "limit": 2})
    rest = ann.get("/gallery", params={"layout": "images", "limit": 2, "cursor": page["next_cursor"]})
    assert len(page["items"]) == 2
    assert len(rest["items"]) == 1


@pytest.mark.parametrize("query", ["layout=grid", "sort=best", "favourite=maybe", "from=soon", "batch_id=1", "pages=1"])
@pytest.mark.parametrize("path", ["/gallery", "/gallery/facets"])
def test_a_wrong_wish_of_the_gallery_is_named(ann: User, path: str, query: str) -> None:
    assert ann.get(f"{path}?{query}", 422)["errors"][0]["pointer"] == "/" + query.partition("=")[0]


def test_history_knows_no_layout(ann: User) -> None:
    assert ann.get("/history?layout=posts", 422)["errors"][0]["pointer"] == "/layout"
    assert ann.get("/history?q=a&q=b", 422)


def test_facets_count_what_the_filter_lets_through(ann: User, admin_db: Connection) -> None:
    project = ann.post("/projects", {"name": "Shop"}, status=201)["id"]
    finished(ann, admin_db, quantity=2, project_id=project, aspect_ratio="1:1")
    finished(ann, admin_db, models=[WATERCOLOR], aspect_ratio="16:9")

    facets = ann.get("/gallery/facets")

    assert (facets["images"], facets["favourites"]) == (3, 0)
    assert [(each["id"], each["images"]) for each in facets["models"]] == [(INK, 2), (WATERCOLOR, 1)]
    assert facets["projects"] == [{"id": project, "name": "Shop", "images": 2}]
    assert ann.get("/gallery/facets", params={"aspect_ratio": "16:9"})["images"] == 1
    assert ann.get("/gallery/facets", params={"q": "nothing of this"})["images"] == 0


def test_an_image_becomes_a_favourite(ann: User, admin_db: Connection) -> None:
    one, two = finished(ann, admin_db, quantity=2)["images"]
    path = f"/images/{one['id']}"

    assert ann.call("PATCH", path, 200, json={"favourite": True}) == one | {"favourite": True}
    assert ids(ann, "/gallery", layout="images", favourite="true") == [one["id"]]
    assert ids(ann, "/gallery", layout="images", favourite="false") == [two["id"]]
    assert not ann.call("PATCH", path, 200, json={"favourite": False})["favourite"]
    assert ann.call("PATCH", path, 200, json={}) == one
    for wrong in ("yes", 1, None):
        assert ann.call("PATCH", path, 422, json={"favourite": wrong})["errors"][0]["pointer"] == "/favourite"
    assert ann.call("PATCH", f"/images/{uuid4()}", 404, json={"favourite": True})


def test_an_image_goes_into_the_trash_and_comes_back(ann: User, admin_db: Connection) -> None:
    made = finished(ann, admin_db, quantity=2)
    one = made["images"][0]
    path = f"/images/{one['id']}"

    assert ann.call("DELETE", path, 200) == {"kind": "image", "id": one["id"]}
    assert [image["id"] for image in ann.get(f"/generations/{made['id']}")["images"]] == [made["images"][1]["id"]]
    assert ann.call("PATCH", path, 409, json={"favourite": True})["type"] == "/problems/in-trash"

    assert ann.post(f"{path}/restore") == one
    assert ann.get(f"/generations/{made['id']}")["images"] == made["images"]
    ann.call("DELETE", path, 200)
    ann.call("DELETE", f"/generations/{made['id']}", 200)
    assert ann.post(f"{path}/restore", status=409)["type"] == "/problems/in-trash"


def test_an_image_knows_the_conversations_about_it(ann: User, admin_db: Connection) -> None:
    image = finished(ann, admin_db)["images"][0]["id"]
    begun = ann.post("/conversations", {"image_id": image, "prompt": "more light", "models": [INK]}, status=202)
    path = f"/images/{image}/conversations"

    [found] = ann.get(path)["items"]

    assert (found["id"], found["relation"]) == (begun["conversation"]["id"], "source")
    assert ann.get(f"/images/{uuid4()}/conversations", 404)
    assert ann.get(path + "?limit=5", 422)
