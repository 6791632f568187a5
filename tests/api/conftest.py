"""One API process for a module of tests, and users with keys to call it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from darkroom.secrets import new_api_key
from tests.api import contract
from tests.api.processes import NO_AUTHORITIES, Api, running_api
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tests.conftest import Connection

_numbers = itertools.count(1)


@dataclass(frozen=True)
class User:
    """A tenant, and an HTTP client that is signed in as it."""

    id: UUID
    name: str
    key: str
    key_id: UUID
    http: httpx.Client

    def get(self, path: str, status: int = 200, **options: Any) -> Any:
        return self.call("GET", path, status, **options)

    def post(self, path: str, json: Any = None, status: int = 200, **options: Any) -> Any:
        return self.call("POST", path, status, json=json if json is not None else {}, **options)

    def call(self, method: str, path: str, status: int, **options: Any) -> Any:
        """The body of an answer that has this status."""
        answer = self.http.request(method, f"/v1{path}", **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(shared_database, tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture
def admin_db(shared_database: str) -> Iterator[Connection]:
    """A superuser's connection to the database behind `api`, for playing the worker and the operator."""
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        yield conn


@pytest.fixture
def ann(api: Api, admin_db: Connection) -> Iterator[User]:
    user = new_user(api, admin_db, "ann")
    with user.http:
        yield user


@pytest.fixture
def bob(api: Api, admin_db: Connection) -> Iterator[User]:
    user = new_user(api, admin_db, "bob")
    with user.http:
        yield user


@pytest.fixture
def documented(ann: User, bob: User) -> None:
    """Holds every answer that the two get in this test to the OpenAPI document."""
    for user in (ann, bob):
        user.http.event_hooks["response"].append(contract.check)


def new_user(api: Api, db: Connection, name: str, budget: int = 1000) -> User:
    name = f"{name} {next(_numbers)}"
    user = db.execute("select id from darkroom.create_user(%s, %s)", (name, budget)).fetchone()
    assert user is not None
    key = new_api_key()
    made = db.execute(
        "select id from darkroom.create_api_key(%s, %s, %s)", (user["id"], key.sha256, key.last_four)
    ).fetchone()
    assert made is not None
    http = httpx.Client(
        base_url=api.url,
        headers={"Authorization": f"Bearer {key.text}"},
        timeout=WAIT_SECONDS_MAX,
        verify=NO_AUTHORITIES,
    )
    return User(user["id"], name, key.text, made["id"], http)
