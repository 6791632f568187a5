"""A connection to the database that breaks under a call: reads are asked again, what changes something never is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import new_user
from tests.api.processes import running_api
from tests.sql.engine import value
from tests.worker.proxy import proxied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import User
    from tests.conftest import Connection
    from tests.worker.proxy import Proxy


@pytest.fixture
def wire(database: str) -> Iterator[Proxy]:
    with proxied(database) as proxy:
        yield proxy


@pytest.fixture
def ann(wire: Proxy, db: Connection, tmp_path: Path) -> Iterator[User]:
    with running_api(wire.conninfo, tmp_path) as api:
        user = new_user(api, db, "ann")
        with user.http:
            yield user


def test_a_read_is_asked_again(ann: User, wire: Proxy) -> None:
    wire.cut_before_the_answer_to("get_me")

    assert ann.get("/me")["credits"] == 1000
    assert wire.cuts == 1


def test_a_read_of_a_database_that_has_ended_all_connections_is_asked_again(ann: User, wire: Proxy) -> None:
    ann.get("/me")
    wire.cut_before_the_answer_to("list_projects")
    wire.cut_all()

    assert ann.get("/projects")["items"] == []
    assert wire.cuts == 1


def test_what_changes_something_is_done_once_and_its_loss_is_told(ann: User, wire: Proxy, db: Connection) -> None:
    wire.cut_before_the_answer_to("create_project")

    answer = ann.http.post("/v1/projects", json={"name": "Shop"})

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert value(db, "select count(*) from darkroom.projects") == 1
