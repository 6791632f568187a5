"""The catalogue is the operator's: models are added, changed and switched; each purpose has one default."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.engine import INK, WATERCOLOR, add_token, call, row, rows, value
from tests.support import backend_pid, wait_for_lock

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection

REFUSALS: dict[str, tuple[str | None, Any, str, str]] = {
    "no id": (None, {"provider": "fal"}, "DR422", "/id"),
    "an id with a space": ("a b", {"provider": "fal"}, "DR422", "/id"),
    "no object": (INK, "not an object", "DR422", ""),
    "an unknown property": (INK, {"creditsPerCall": 1}, "DR422", "/creditsPerCall"),
    "the creation's date": (INK, {"created_at": "2020-01-01"}, "DR422", "/created_at"),
    "a new one without a provider": ("fal/new", {"name": "New"}, "DR422", "/provider"),
    "a provider of null": ("fal/new", {"provider": None}, "DR422", "/provider"),
    "a provider in capitals": (INK, {"provider": "FAL"}, "DR422", "/provider"),
    "a blank name": (INK, {"name": " "}, "DR422", "/name"),
    "a long name": (INK, {"name": "x" * 101}, "DR422", "/name"),
    "a price in words": (INK, {"credits_per_call": "1"}, "DR422", "/credits_per_call"),
    "half a credit": (INK, {"credits_per_call": 0.5}, "DR422", "/credits_per_call"),
    "a negative price": (INK, {"credits_per_call": -1}, "DR422", "/credits_per_call"),
    "a fortune": (INK, {"credits_per_call": 1_000_001}, "DR422", "/credits_per_call"),
    "nine at once": (INK, {"max_quantity": 9}, "DR422", "/max_quantity"),
    "too many references": (INK, {"max_references": 65}, "DR422", "/max_references"),
    "no seconds": (INK, {"average_seconds": 0}, "DR422", "/average_seconds"),
    "no ratios": (INK, {"aspect_ratios": []}, "DR422", "/aspect_ratios"),
    "a ratio twice": (INK, {"aspect_ratios": ["1:1", "1:1"]}, "DR422", "/aspect_ratios"),
    "a ratio in words": (INK, {"aspect_ratios": ["square"]}, "DR422", "/aspect_ratios"),
    "a null among ratios": (INK, {"aspect_ratios": ["1:1", None]}, "DR422", "/aspect_ratios"),
    "resolutions as a word": (INK, {"resolutions": "1K"}, "DR422", "/resolutions"),
    "options as a list": (INK, {"options": []}, "DR422", "/options"),
    "an option with a lowest value that is none": (INK, {"options": {"steps": {"minimum": "1"}}}, "DR422", "/options"),
    "an option with words for a list": (INK, {"options": {"style": {"enum": "oil"}}}, "DR422", "/options"),
    "an option without a schema": (INK, {"options": {"steps": 3}}, "DR422", "/options"),
    "a flag in words": (INK, {"active": "yes"}, "DR422", "/active"),
    "another purpose": (INK, {"capability": "text"}, "DR422", "/capability"),
    "an unknown purpose": ("fal/new", {"provider": "fal", "capability": "video"}, "DR422", "/capability"),
    "no default any more": (WATERCOLOR, {"default": False}, "DR409", "/default"),
    "an inactive default": (WATERCOLOR, {"active": False}, "DR409", "/active"),
    "a default that is inactive": (
        "fal/new",
        {"provider": "fal", "active": False, "default": True},
        "DR409",
        "/active",
    ),
}


def defaults(db: Connection) -> dict[str, str]:
    found = rows(db, "select capability, id from darkroom.models where is_default")
    assert len({m["capability"] for m in found}) == len(found)
    return {m["capability"]: m["id"] for m in found}


@pytest.mark.parametrize("case", REFUSALS)
def test_bad_input_is_refused_with_its_field_and_changes_nothing(db: Connection, case: str) -> None:
    model, changes, sqlstate, pointer = REFUSALS[case]
    before = rows(db, "select * from darkroom.models order by id")

    with pytest.raises(psycopg.Error) as refusal:
        db.execute("select darkroom.set_model(%s, %s)", (model, psycopg.types.json.Jsonb(changes)))

    diag = refusal.value.diag
    assert (diag.sqlstate, diag.column_name or "") == (sqlstate, pointer)
    assert diag.message_primary
    assert rows(db, "select * from darkroom.models order by id") == before


def test_a_new_model_needs_only_its_provider(db: Connection) -> None:
    model = row(
        db, "select * from darkroom.set_model('fal-ai/flux/dev', %s)", psycopg.types.json.Jsonb({"provider": "fal"})
    )

    del model["created_at"]
    assert model == {
        "id": "fal-ai/flux/dev",
        "name": "dev",
        "provider": "fal",
        "provider_model": "fal-ai/flux/dev",
        "capability": "image",
        "can_edit": False,
        "max_references": 0,
        "max_quantity": 8,
        "credits_per_call": 1,
        "aspect_ratios": ["1:1"],
        "resolutions": ["1K"],
        "options": {},
        "is_default": False,
        "average_seconds": 10,
        "active": True,
    }


def test_every_property_can_be_set_and_the_others_stay(db: Connection) -> None:
    query = "select * from darkroom.models where id = %s"
    before = row(db, query, INK)
    changes: dict[str, Any] = {
        "name": "India Ink",
        "provider": "fal",
        "provider_model": "ink-2",
        "capability": "image",
        "can_edit": False,
        "max_references": 0,
        "max_quantity": 1,
        "credits_per_call": 0,
        "aspect_ratios": ["16:9"],
        "resolutions": ["2K"],
        "options": {"steps": {"type": "integer"}},
        "average_seconds": 2.5,
        "active": False,
    }
    for key, changed in changes.items():
        call(db, "set_model", INK, {key: changed})
        before[key] = changed
        assert row(db, query, INK) == before
    known = {r["key"] for r in rows(db, "select key from darkroom.model_rules()")}
    assert known == {*changes, "default"}


def test_nothing_to_change_changes_nothing(db: Connection) -> None:
    before = rows(db, "select * from darkroom.models order by id")

    db.execute("select darkroom.set_model(%s, '{}')", (INK,))

    assert rows(db, "select * from darkroom.models order by id") == before


def test_naming_another_default_moves_it_within_its_purpose(db: Connection) -> None:
    text = defaults(db)["text"]

    call(db, "set_model", INK, {"default": True})
    assert defaults(db) == {"image": INK, "text": text}

    call(db, "set_model", "fal/new", {"provider": "fal", "capability": "text", "default": True})
    assert defaults(db) == {"image": INK, "text": "fal/new"}
    call(db, "set_model", WATERCOLOR, {"active": False})  # no longer the default, so it may rest


def test_two_who_move_the_default_at_once_leave_one(db: Connection, connect: Connect) -> None:
    first, second = connect(autocommit=False), connect()
    call(first, "set_model", INK, {"default": True})
    thread = threading.Thread(target=lambda: call(second, "set_model", "fal/new", {"provider": "fal", "default": True}))
    thread.start()
    wait_for_lock(db, backend_pid(second))
    # Meanwhile requests read the catalogue as it was.
    assert defaults(db)["image"] == WATERCOLOR
    first.commit()
    thread.join(20)

    assert defaults(db)["image"] == "fal/new"


def test_the_list_shows_what_can_be_called(db: Connection) -> None:
    call(db, "set_model", INK, {"active": False})
    add_token(db, "openrouter")
    off = add_token(db, "openrouter")
    call(db, "set_provider_token_active", off, False)

    listed = {m["id"]: m for m in rows(db, "select * from darkroom.list_models_for_operator()")}

    assert len(listed) == value(db, "select count(*) from darkroom.models")
    assert listed[INK]["active"] is False
    assert listed[INK]["usable_tokens"] is None
    assert listed["openai/gpt-5-image"]["usable_tokens"] == 1


def test_only_operators_change_the_catalogue(db: Connection, connect: Connect) -> None:
    call(connect(role="darkroom_operator"), "set_model", INK, {"credits_per_call": 7})
    for role in ("darkroom_api", "darkroom_worker", "darkroom_report"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            call(connect(role=role), "set_model", INK, {"credits_per_call": 1})
    assert value(db, "select credits_per_call from darkroom.models where id = %s", INK) == 7
