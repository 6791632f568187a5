"""Whatever breaks, a client sees every event of its user, once, in order, and of nobody else."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from darkroom.postgres import embedded
from darkroom.schema import migrate
from tests.api.conftest import new_user
from tests.api.load import load
from tests.api.processes import running_api
from tests.api.watching import Watcher, watching
from tests.servers import FAST, scratch_folder
from tests.sql.engine import act_as, call, create, invariants, rows, value, work_off
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

LISTENERS = "select pid from pg_stat_activity where datname = current_database() and query ilike 'listen %'"
EVERYBODY_ELSE = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


@pytest.fixture(scope="module")
def apis(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Api]]:
    folder = tmp_path_factory.mktemp("apis")
    with running_api(shared_database, folder) as one, running_api(shared_database, folder) as two:
        yield one, two


@pytest.fixture
def users(apis: tuple[Api, Api], admin_db: Connection) -> Iterator[list[User]]:
    made = [new_user(apis[0], admin_db, "user", 100_000) for _ in range(5)]
    yield made
    for user in made:
        user.http.close()


def watchers_of(users: Sequence[User], one: Api, two: Api) -> list[Watcher]:
    """Two for each user, at home in different processes."""
    return [Watcher(user, urls) for user in users for urls in ((one.url, two.url), (two.url, one.url))]


def all_have_all(watchers: Sequence[Watcher], db: Connection) -> None:
    heads = {row["user_id"]: row["seq"] for row in rows(db, "select user_id, seq from darkroom.event_heads")}
    wait_until(
        lambda: all(watcher.has_all(heads[watcher.user.id]) for watcher in watchers),
        "everybody to have everything",
        WAIT_SECONDS_MAX,
    )
    owners = dict[str, str]()
    for watcher in watchers:
        watcher.check(heads[watcher.user.id])
        for generation in watcher.generations:
            assert owners.setdefault(generation, watcher.user.name) == watcher.user.name
    invariants(db)


def all_see_more(watchers: Sequence[Watcher], events: int, seconds: float = WAIT_SECONDS_MAX) -> None:
    moment = {id(watcher): len(watcher.seqs) for watcher in watchers}
    wait_until(
        lambda: all(len(watcher.seqs) > moment[id(watcher)] + events for watcher in watchers),
        f"everybody to see more than {events} further events",
        seconds,
    )


def terminate(db: Connection, pids: str) -> int:
    return len([row for row in rows(db, f"select pg_terminate_backend(pid) from ({pids}) as p") if any(row.values())])


def test_the_listener_is_cut_off_again_and_again(
    apis: tuple[Api, Api], users: list[User], shared_database: str, admin_db: Connection
) -> None:
    watchers = watchers_of(users, *apis)
    cut = 0
    with watching(watchers):
        with load(shared_database, [user.id for user in users]):
            for _ in range(10):
                all_see_more(watchers, 2)
                cut += terminate(admin_db, LISTENERS)
        all_have_all(watchers, admin_db)
    assert cut >= 10


def test_every_connection_to_the_database_is_cut_off(
    apis: tuple[Api, Api], users: list[User], shared_database: str, admin_db: Connection
) -> None:
    watchers = watchers_of(users, *apis)
    with watching(watchers):
        with load(shared_database, [user.id for user in users]):
            for _ in range(3):
                all_see_more(watchers, 5)
                assert terminate(admin_db, EVERYBODY_ELSE) >= 4
        all_have_all(watchers, admin_db)


def test_the_process_is_killed_and_its_clients_go_on_at_the_other(
    apis: tuple[Api, Api], users: list[User], shared_database: str, admin_db: Connection, tmp_path: Path
) -> None:
    one, _ = apis
    with running_api(shared_database, tmp_path) as doomed:
        watchers = watchers_of(users, doomed, one)
        with watching(watchers):
            with load(shared_database, [user.id for user in users]):
                all_see_more(watchers, 10)
                doomed.kill()
                all_see_more(watchers, 10)
            all_have_all(watchers, admin_db)


def test_what_cannot_be_read_of_one_user_keeps_nobody_else_waiting(
    apis: tuple[Api, Api], users: list[User], admin_db: Connection
) -> None:
    ann, bob = users[:2]
    generation = create(admin_db, ann.id)["id"]
    create(admin_db, bob.id)
    work_off(admin_db)
    watchers = [Watcher(user, (apis[0].url,)) for user in (ann, bob)]
    of_ann = "update darkroom.jobs set result = result || %s where user_id = %s"
    with watching(watchers):
        all_have_all(watchers, admin_db)
        admin_db.execute(of_ann, (Jsonb({"duration_ms": "long"}), ann.id))
        act_as(admin_db, ann.id)
        call(admin_db, "mark_viewed", [UUID(generation)])
        for _ in range(5):
            create(admin_db, bob.id)
            all_have_all(watchers[1:], admin_db)
        assert "generation.viewed" not in watchers[0].kinds

        admin_db.execute(of_ann, (Jsonb({"duration_ms": 1200}), ann.id))
        all_have_all(watchers, admin_db)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "stopped"])
def test_postgres_goes_and_comes_back(tmp_path: Path, number: signal.Signals) -> None:
    settings = {**FAST, "synchronous_commit": "on"}  # what a crash of the server alone does not lose
    with scratch_folder() as folder, embedded(folder, settings=settings) as server:
        conninfo = server.conninfo("postgres")
        migrate(conninfo)
        with running_api(conninfo, tmp_path) as api:
            with psycopg.connect(conninfo, autocommit=True, row_factory=dict_row) as db:
                users = [new_user(api, db, "user", 100_000) for _ in range(3)]
            watchers = [Watcher(user, (api.url,)) for user in users]
            with watching(watchers), load(conninfo, [user.id for user in users]) as going:
                all_see_more(watchers, 10)
                (file,) = folder.glob("postgres/*/postmaster.pid")
                os.kill(int(file.read_text().split()[0]), number)
                ready = f"{api.url}/readyz"
                wait_until(lambda: httpx.get(ready).status_code == 503, "the API to notice", WAIT_SECONDS_MAX)
                with embedded(folder, settings=settings):
                    all_see_more(watchers, 10)
                    going.stop.set()
                    with psycopg.connect(conninfo, autocommit=True, row_factory=dict_row) as db:
                        idle = "select count(*) from pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid()"
                        wait_until(lambda: value(db, f"{idle} and backend_type = 'client backend'") == 0, "an end")
                        all_have_all(watchers, db)
            for user in users:
                user.http.close()
