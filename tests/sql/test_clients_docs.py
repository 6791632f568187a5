"""docs/clients.md names fields that the calls know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from tests.sql.engine import act_as, new_user

if TYPE_CHECKING:
    from tests.conftest import Connection

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "clients.md").read_text()
ROWS = re.findall(r"^\| `(create_\w+|start_conversation|add_turn|import_generation)` \| (.*) \|$", PAGE, re.MULTILINE)
INSIDE_ITEMS = {"name", "prompt"}


@pytest.mark.parametrize(("function", "description"), ROWS)
def test_every_field_in_a_row_is_known_to_its_call(db: Connection, function: str, description: str) -> None:
    act_as(db, new_user(db))
    with pytest.raises(psycopg.Error) as refusal:
        db.execute(sql.SQL("select darkroom.{}(%s)").format(sql.Identifier(function)), ('{"no such field": 1}',))
    hint = refusal.value.diag.message_hint or ""
    known = set(hint.removeprefix("Known fields: ").removesuffix(".").split(", "))

    named = set(re.findall(r"`([a-z_]+)`", description))

    assert len(known) > 3, hint
    assert named - known - INSIDE_ITEMS == set()


def test_the_page_has_a_row_for_every_creating_call() -> None:
    assert {function for function, _ in ROWS} == {
        "create_generation",
        "create_edit",
        "create_batch",
        "start_conversation",
        "add_turn",
        "import_generation",
    }
