"""What cannot be seen is no prompt and no name: spaces of every width, control characters, characters without width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.engine import act_as, call, create, generation_of, new_user, refused, value, work_off

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection

BLANK = {
    "nothing": "",
    "spaces": " \t\r\n",
    "wide spaces": "\u00a0\u2003\u202f\u3000\u1680\u2028",
    "no width": "\u200b\u200c\u200d\u2060\ufeff",
    "directions": "\u200e\u200f\u202a\u2069\u061c",
    "control characters": "\x01\x1f\x7f\x85",
    "fillers": "\u3164\uffa0\u115f\u2800",
    "a soft hyphen and a selector": "\u00ad\ufe0f",
}
SEEN = {
    "a letter among them": "\u200b\u3000x\u200b",
    "a family": "👩\u200d👩\u200d👧",
    "a cloud in colour": "☁\ufe0f",
    "a conjunct": "क\u094d\u200dष",
    "from right to left": "\u200fقطة",
    "one digit": "0",
    "a mark": "…",
}


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


@pytest.mark.parametrize("text", BLANK.values(), ids=BLANK)
def test_it_is_refused_where_words_are_needed(db: Connection, ann: UUID, text: str) -> None:
    done = create(db, ann)
    work_off(db)
    image = generation_of(db, ann, done["id"])["images"][0]["id"]
    project = call(db, "create_project", {"name": "p"})["project"]["id"]
    credits_before = value(db, "select credits from darkroom.users where id = %s", ann)
    calls: list[tuple[str, list[Any], str]] = [
        ("create_generation", [{"prompt": text}], "/prompt"),
        ("create_edit", [{"generation_id": done["id"], "prompt": text}], "/prompt"),
        ("regenerate_generation", [done["id"], {"prompt": text}], "/prompt"),
        ("start_conversation", [{"image_id": image, "prompt": text}], "/prompt"),
        ("create_batch", [{"items": [{"prompt": "x"}, {"prompt": text}]}], "/items/1"),
        ("create_collection", [{"name": text}], "/name"),
        ("create_collection", [{"name": "c", "templates": [{"name": text, "prompt": "x"}]}], "/templates/0"),
        ("create_collection", [{"name": "c", "templates": [{"name": "x", "prompt": text}]}], "/templates/0"),
        ("create_project", [{"name": text}], "/name"),
        ("update_project", [project, {"version": 1, "name": text}], "/name"),
        ("create_user", [text], "/name"),
    ]
    for function, args, pointer in calls:
        with refused("DR422", "invalid-request", pointer):
            call(db, function, *args)
    assert value(db, "select credits from darkroom.users where id = %s", ann) == credits_before


@pytest.mark.parametrize("text", BLANK.values(), ids=BLANK)
def test_it_is_none_where_words_are_optional(db: Connection, ann: UUID, text: str) -> None:
    generation = create(db, ann, name=text, caption=text)
    batch = call(db, "create_batch", {"name": text, "items": [{"prompt": "x", "name": text}]})["batch"]

    assert (generation["name"], generation["caption"]) == (None, None)
    assert batch["name"] == "Batch"
    assert value(db, "select name from darkroom.generations where batch_id = %s", batch["id"]) is None
    assert value(db, "select template_name from darkroom.generations where batch_id = %s", batch["id"]) is None


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_what_can_be_seen_is_taken_as_it_is(db: Connection, ann: UUID, text: str) -> None:
    assert create(db, ann, prompt=text, name=text)["prompt"] == text
    assert call(db, "create_project", {"name": text})["project"]["name"] == text
