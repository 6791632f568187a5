"""Lists: pages without gap or repetition, cursors that belong where they came from, and nothing of anybody else's."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.engine import INK, act_as, call, create, edit, new_user, value, work_off
from tests.sql.reading import UNKNOWN, blocks, ids, items, pages, refused, write_long_history
from tests.support import backend_pid, wait_for_lock

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection

LISTS = (
    "list_generations",
    "list_gallery",
    "list_history",
    "list_trash",
    "list_batches",
    "list_conversations",
    "list_projects",
    "list_links",
    "list_collections",
    "list_models",
    "list_credits",
)


@pytest.fixture
def user(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


def test_an_empty_page_is_a_page(db: Connection, user: UUID) -> None:
    for function in LISTS:
        page = call(db, function, {})
        also = {"object", "data"} if function == "list_models" else set()  # which reads as OpenAI's list too
        assert set(page) == {"items", "next_cursor", "seq"} | also, function
        assert page["next_cursor"] is None
        assert page["items"] == [] or function in ("list_models", "list_credits")
        assert page["seq"] == value(db, "select seq from darkroom.event_heads where user_id = %s", user)


PAGED: list[tuple[str, dict[str, Any]]] = [
    ("list_generations", {}),
    ("list_gallery", {}),
    ("list_gallery", {"sort": "oldest"}),
    ("list_gallery", {"layout": "images"}),
    ("list_gallery", {"layout": "images", "sort": "oldest"}),
    ("list_gallery", {"q": "light"}),
    ("list_gallery", {"q": "light", "sort": "oldest", "layout": "images"}),
    ("list_history", {}),
    ("list_history", {"q": "light"}),
    ("list_credits", {}),
]


def test_pages_lay_the_whole_list_end_to_end(db: Connection, user: UUID) -> None:
    for n in range(10):
        create(db, user, f"lighthouse {n}")
    work_off(db)
    for function, filters in PAGED:
        whole = ids(db, function, **filters, limit=200)
        assert len(whole) == len(set(whole)) >= 10
        for limit in (1, 4, 5):
            found = list(pages(db, function, **filters, limit=limit))
            assert [i for page in found for i in page] == whole, f"{function} {filters} by {limit}"
            assert all(len(page) == limit for page in found[:-1])
            assert 0 < len(found[-1]) <= limit, "a cursor leads to something"


def test_ties_neither_repeat_nor_vanish(db: Connection, user: UUID) -> None:
    for n in range(9):
        create(db, user, f"lighthouse {n}")
    work_off(db)
    for conversation in range(9):
        image = items(db, "list_gallery", layout="images")[conversation]["id"]
        call(db, "start_conversation", {"image_id": image, "prompt": "more", "models": [INK]})
    db.execute("update darkroom.history_cards set last_activity_at = '2026-01-01'")
    db.execute("update darkroom.conversations set updated_at = '2026-01-01'")
    db.execute("update darkroom.generations set deleted_at = '2026-01-01' where conversation_id is not null")
    db.execute("update darkroom.conversations set deleted_at = '2026-01-01' where title like '%'")
    for function in ("list_history", "list_trash"):
        whole = ids(db, function, limit=200)
        assert len(set(whole)) == len(whole) == (9 if function == "list_history" else 18)
        assert [i for page in pages(db, function, limit=2) for i in page] == whole
    db.execute("update darkroom.conversations set deleted_at = null")
    whole = ids(db, "list_conversations", limit=200)
    assert len(set(whole)) == 9
    assert [i for page in pages(db, "list_conversations", limit=2) for i in page] == whole


def test_what_comes_in_meanwhile_disturbs_no_page(db: Connection, user: UUID) -> None:
    for n in range(4):
        create(db, user, f"lighthouse {n}")
    first = call(db, "list_generations", {"limit": 2})
    create(db, user, "newer")
    second = call(db, "list_generations", {"limit": 2, "cursor": first["next_cursor"]})
    prompts = [g["prompt"] for g in first["items"] + second["items"]]
    assert prompts == ["lighthouse 3", "lighthouse 2", "lighthouse 1", "lighthouse 0"]


def test_a_cursor_belongs_to_its_list_filter_sort_and_user(db: Connection, user: UUID) -> None:
    for n in range(3):
        create(db, user, f"lighthouse {n}")
    work_off(db)
    cursor = call(db, "list_gallery", {"limit": 1, "q": "light"})["next_cursor"]
    not_this_cursor = ("DR422", "invalid-request", "/cursor")
    assert call(db, "list_gallery", {"limit": 2, "q": "light", "cursor": cursor})["items"], "another limit is fine"
    for filters in ({"q": "ligh"}, {}, {"q": "light", "sort": "oldest"}, {"q": "light", "layout": "images"}):
        assert refused(db, "list_gallery", filters | {"cursor": cursor}) == not_this_cursor
    assert refused(db, "list_history", {"q": "light", "cursor": cursor}) == not_this_cursor
    act_as(db, new_user(db, "bob"))
    assert refused(db, "list_gallery", {"limit": 1, "q": "light", "cursor": cursor}) == not_this_cursor


def test_a_tampered_cursor_is_refused(db: Connection, user: UUID) -> None:
    for n in range(3):
        create(db, user, f"lighthouse {n}")
    cursor = call(db, "list_generations", {"limit": 1})["next_cursor"]
    opened = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    moved = base64.urlsafe_b64encode(json.dumps(opened | {"key": UNKNOWN}).encode()).decode()
    unsealed = base64.urlsafe_b64encode(json.dumps({"key": opened["key"]}).encode()).decode()
    garbage = ["", "x", "!!!", "e30", "W10", "bnVsbA", "Ig", "/w", cursor[:-3], cursor[3:], moved, unsealed, 7, "ключ"]
    for bad in garbage:
        assert refused(db, "list_generations", {"limit": 1, "cursor": bad}) == (
            "DR422",
            "invalid-request",
            "/cursor",
        ), bad


def test_a_cursor_cannot_be_made_up(db: Connection, user: UUID) -> None:
    """Whoever knows how cursors are sealed, but not with what, seals none; so no list meets a key of another kind."""
    for n in range(2):
        create(db, user, f"lighthouse {n}")
    for key in ("nope", UNKNOWN, 7, None, [1], {"a": 1}):
        binding = hashlib.md5(f"{user} generations {{}}".encode()).hexdigest()  # noqa: S324 - as the function does
        seal = hashlib.md5(f"{binding}{json.dumps(key)}".encode()).hexdigest()  # noqa: S324
        made_up = base64.urlsafe_b64encode(json.dumps({"key": key, "seal": seal}).encode()).decode().rstrip("=")
        assert refused(db, "list_generations", {"cursor": made_up}) == ("DR422", "invalid-request", "/cursor"), key


WRONG_LIMITS: list[Any] = [0, 201, -1, "many", 1.5, True, [], "999999999999999999999"]


@pytest.mark.usefixtures("user")
def test_what_a_list_does_not_know_is_refused(db: Connection) -> None:
    for function in LISTS:
        assert refused(db, function, {"aspectRatio": "1:1"}) == ("DR422", "invalid-request", "/aspectRatio"), function
        for limit in WRONG_LIMITS:
            assert refused(db, function, {"limit": limit}) == ("DR422", "invalid-request", "/limit"), function
        assert refused(db, function, {"limit": "7", "cursor": "no"}) == ("DR422", "invalid-request", "/cursor")
    act_as(db, None)
    for function in LISTS:
        assert refused(db, function, {})[:2] == ("DR401", "unauthenticated")


BAD: list[tuple[str, str, Any]] = [
    ("list_generations", "status", "done"),
    ("list_generations", "active", "yes"),
    ("list_generations", "project_id", "7"),
    ("list_generations", "status", ["queued"]),
    ("list_gallery", "from", "yesterday"),
    ("list_gallery", "to", "2026-02-30"),
    ("list_gallery", "to", "2026-01-01T25:00:00Z"),
    ("list_gallery", "from", "infinity"),
    ("list_gallery", "layout", "cards"),
    ("list_gallery", "sort", "best"),
    ("list_gallery", "favourite", 1),
    ("list_gallery", "q", "x" * 1001),
    ("list_gallery", "batch_id", "x' or true"),
    ("list_history", "category", "edits"),
    ("gallery_facets", "category", "edits"),
    ("list_trash", "kind", "card"),
    ("list_credits", "reason", "gift"),
    ("list_models", "capability", "video"),
]


@pytest.mark.usefixtures("user")
def test_a_bad_value_names_its_field(db: Connection) -> None:
    for function, field, bad in BAD:
        assert refused(db, function, {field: bad}) == ("DR422", "invalid-request", f"/{field}"), (function, bad)


def test_null_is_absent_and_text_is_as_good_as_json(db: Connection, user: UUID) -> None:
    create(db, user)
    work_off(db)
    plain = {"limit": 1, "favourite": False}
    assert call(db, "list_gallery", plain)["items"] == items(db, "list_gallery", limit="1", favourite="false", q=None)
    assert call(db, "list_gallery", None)["items"] == items(db, "list_gallery")


def test_generations_are_filtered(db: Connection, user: UUID) -> None:
    project = call(db, "create_project", {"name": "Canvas"})["project"]["id"]
    done = create(db, user, project_id=project)
    work_off(db)
    child = edit(db, user, done["id"])
    waiting = create(db, user)
    cancelled = create(db, user)
    call(db, "cancel_generation", cancelled["id"])
    call(db, "mark_viewed", [done["id"]])

    def found(**filters: Any) -> list[str]:
        return ids(db, "list_generations", **filters)

    assert found() == [cancelled["id"], waiting["id"], child["id"], done["id"]]
    assert found(status="completed") == found(viewed=True) == [done["id"]]
    assert found(status="queued") == found(active=True) == [waiting["id"], child["id"]]
    assert found(active=False) == [cancelled["id"], done["id"]]
    assert found(status="queued", active=True) == found(status="queued")
    assert found(status="queued", active=False) == found(status="completed", active=True) == []
    assert found(viewed=False) == [cancelled["id"], waiting["id"], child["id"]]
    assert found(status="cancelled") == [cancelled["id"]]
    assert found(project_id=project) == [child["id"], done["id"]]
    assert found(card_id=done["card_id"]) == [child["id"], done["id"]]
    assert found(batch_id=UNKNOWN) == found(conversation_id=UNKNOWN) == []
    call(db, "trash", "generation", done["id"])
    assert done["id"] not in found()


def test_nothing_of_anybody_else_is_listed_or_told_apart_from_nothing(db: Connection, user: UUID) -> None:
    generation = create(db, user)
    work_off(db)
    image = items(db, "list_gallery", layout="images")[0]["id"]
    conversation = call(db, "start_conversation", {"image_id": image, "prompt": "more", "models": [INK]})[
        "conversation"
    ]
    batch = call(db, "create_batch", {"items": [{"name": "a", "prompt": "b"}], "models": [INK]})["batch"]
    project = call(db, "create_project", {"name": "Canvas"})["project"]
    wanted = {"name": "Seasons", "templates": [{"name": "Autumn", "prompt": "red"}]}
    collection = call(db, "create_collection", wanted)["collection"]
    stored = {
        "object_key": "u/1",
        "content_type": "image/png",
        "bytes": 9,
        "width": 3,
        "height": 4,
        "sha256": "ab" * 32,
    }
    upload = call(db, "create_upload", stored)["upload"]
    singles = {
        "get_generation": generation["id"],
        "get_lineage": generation["id"],
        "get_card": generation["card_id"],
        "get_job": generation["jobs"][0]["id"],
        "image_conversations": image,
        "get_image_file": image,
        "get_upload_file": upload["id"],
        "get_conversation": conversation["id"],
        "get_batch": batch["id"],
        "get_project": project["id"],
        "get_collection": collection["id"],
    }
    for function, known in singles.items():
        assert call(db, function, known)["seq"] > 0
    act_as(db, new_user(db, "bob"))
    for function, known in singles.items():
        unknown = -1 if function == "get_job" else UNKNOWN
        assert refused(db, function, known) == refused(db, function, unknown) == ("DR404", "not-found", ""), function
    for function in LISTS:
        if function not in ("list_models", "list_credits"):
            assert items(db, function) == []
    assert [e["reason"] for e in items(db, "list_credits")] == ["grant"]
    assert call(db, "gallery_facets")["images"] == 0
    for filters in ({"batch_id": batch["id"]}, {"project_id": project["id"]}, {"collection_id": collection["id"]}):
        assert items(db, "list_gallery", **filters) == []


def test_an_answer_and_its_number_are_of_one_moment(db: Connection, connect: Connect, user: UUID) -> None:
    """Each function reads as of the statement that called it: between two calls of one statement, another session adds
    something, and the second call shows neither it nor its number."""
    other = connect(user_id=user)
    reader = connect(user_id=user, autocommit=False)
    gate = connect(autocommit=False)
    gate.execute("select pg_advisory_xact_lock(7)")
    create(other, user)
    statement = """
      select darkroom.list_generations() as before, pg_advisory_xact_lock_shared(7)::text as wait,
        darkroom.list_generations() as after, darkroom.get_queue() as queue, darkroom.read_events() as head
    """
    with reader.pipeline():
        cursor = reader.execute(statement)
        wait_for_lock(db, backend_pid(reader))
        create(other, user)
        gate.rollback()
        found = cursor.fetchone()
    assert found is not None
    assert found["before"] == found["after"]
    assert len(found["after"]["items"]) == found["queue"]["active_count"] == 1
    assert found["after"]["seq"] == found["queue"]["seq"] == found["head"]["seq"]
    reader.rollback()
    assert len(call(reader, "list_generations", {})["items"]) == 2


CONSTANT: list[tuple[str, dict[str, Any]]] = [
    ("list_generations", {}),
    ("list_generations", {"active": True}),
    ("list_gallery", {}),
    ("list_gallery", {"sort": "oldest", "layout": "images"}),
    ("list_gallery", {"favourite": True}),
    ("list_gallery", {"q": "lighthouse"}),
    ("list_gallery", {"q": "nothinglikeit"}),
    ("list_history", {}),
]


def test_a_page_costs_no_more_with_more_history(db: Connection) -> None:
    """In blocks looked at, which do not depend on the machine: 400 posts against 6,000."""
    short, long = new_user(db, "short"), new_user(db, "long")
    write_long_history(db, short, 400)
    write_long_history(db, long, 6000)
    for function, filters in CONSTANT:
        seen = []
        for user in (short, long):
            act_as(db, user)
            seen.append(blocks(db, function, filters | {"limit": 20}))
        assert seen[1] < 2 * seen[0] + 500, f"{function} {filters}: {seen} blocks"
