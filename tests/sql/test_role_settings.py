"""What the roles bring along: limits of time, and a load that sets them without asking for more rights than it has."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from darkroom import operators
from darkroom.checkup import Checkup, examine
from darkroom.database import open_pool, take_role
from darkroom.errors import ForbiddenError
from darkroom.schema import migrate
from darkroom.settings import read_settings
from tests.sql.engine import call, claim, complete, invariants, new_user
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connect, Connection

LOAD_SECONDS_MAX = 120
SETTINGS = {
    "darkroom_api": {"lock_timeout=2s", "statement_timeout=30s"},
    "darkroom_worker": {"lock_timeout=2s"},
    "darkroom_operator": set(),
    "darkroom_report": {"statement_timeout=60s", "search_path=report", "default_transaction_read_only=on"},
}


def settings(db: Connection) -> dict[str, set[str]]:
    query = "select rolname::text as role, coalesce(rolconfig, '{}') as settings from pg_roles where rolname = any (%s)"
    return {row["role"]: set(row["settings"]) for row in db.execute(query.encode(), (list(SETTINGS),)).fetchall()}


def load_again(conninfo: str) -> None:
    with psycopg.connect(conninfo) as conn:
        conn.execute("update darkroom.schema_code set bundle_hash = 'forgotten'")
    migrate(conninfo)


def test_a_load_leaves_the_roles_with_their_settings(db: Connection) -> None:
    assert settings(db) == SETTINGS


def test_a_forgotten_transaction_is_ended_in_this_database(admin: Connection, template: str) -> None:
    """Not asked of a test's own database: a clone has none of the settings of what it was cloned from."""
    found = admin.execute(
        "select s.setconfig from pg_db_role_setting as s join pg_database as d on d.oid = s.setdatabase"
        " where d.datname = %s and s.setrole = 0",
        (template,),
    ).fetchone()

    assert found == {"setconfig": ["idle_in_transaction_session_timeout=60s"]}


@pytest.mark.parametrize("role", ["darkroom_api", "darkroom_worker"])
def test_a_pool_adopts_the_settings_of_its_role(database: str, role: str) -> None:
    async def ask() -> object:
        async with open_pool(database, role=role) as pool, pool.connection() as conn:
            return await (
                await conn.execute("select current_user::text as role, current_setting('lock_timeout') as wait")
            ).fetchone()

    assert asyncio.run(ask()) == {"role": role, "wait": "2s"}


# The first finds no row of its role in the catalogue and adds one, the second changes one.
@pytest.mark.parametrize(
    ("role", "setting"), [("darkroom_api", "lock_timeout"), ("darkroom_report", "statement_timeout")]
)
def test_two_databases_may_set_the_same_role_at_once(
    admin: Connection, database: str, connect: Connect, role: str, setting: str
) -> None:
    """Roles belong to the cluster: the second to commit would fail with "tuple concurrently updated"."""
    (wanted,) = (value.partition("=")[2] for value in SETTINGS[role] if value.startswith(setting))
    change = sql.SQL("alter role {} set {} = {}").format(sql.Identifier(role), sql.Identifier(setting), wanted)
    admin.execute(sql.SQL("alter role {} reset {}").format(sql.Identifier(role), sql.Identifier(setting)))
    elsewhere = connect(autocommit=False)
    elsewhere.execute(change)

    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load_again, database)
        waiting = "select 1 from pg_stat_activity where datname = %s and state = 'active' and wait_event_type = 'Lock'"
        name = conninfo_to_dict(database)["dbname"]
        wait_until(
            lambda: admin.execute(waiting.encode(), (name,)).fetchone() is not None, "the load to meet the other"
        )
        elsewhere.commit()
        loading.result(timeout=LOAD_SECONDS_MAX)

    assert settings(admin) == SETTINGS


OWNER = "darkroom_test_owner"
TAKEN = ("darkroom_api", "darkroom_report", "darkroom_worker")


@pytest.fixture
def owned(server: str, admin: Connection) -> Iterator[str]:
    """An empty database whose owner has no other right in the cluster, as on a managed service."""
    name = f"{OWNER}s_database"
    admin.execute(f"drop database if exists {name} with (force)".encode())
    admin.execute(f"drop role if exists {OWNER}".encode())
    admin.execute(f"create role {OWNER} login password '{OWNER}'".encode())
    admin.execute(f"create database {name} owner {OWNER} template template0".encode())
    yield make_conninfo(server, dbname=name)
    admin.execute(f"drop database {name} with (force)".encode())
    admin.execute(f"drop role {OWNER}".encode())


def test_an_owner_without_power_over_roles_migrates_and_serves(
    admin: Connection,
    template: str,  # noqa: ARG001 - its migration made the roles
    owned: str,
) -> None:
    admin.execute("alter role darkroom_worker reset lock_timeout")

    try:
        assert migrate(make_conninfo(owned, user=OWNER, password=OWNER)).loaded
        assert settings(admin)["darkroom_worker"] == set()
    finally:
        admin.execute("alter role darkroom_worker set lock_timeout = '2s'")

    with psycopg.connect(owned, autocommit=True, row_factory=dict_row) as db:
        user = new_user(db)
        db.execute("select set_config('darkroom.user_id', %s, false)", (str(user),))
        db.execute("set role darkroom_api")
        call(db, "create_generation", {"prompt": "a fox"})
        db.execute("set role darkroom_worker")
        assert complete(db, claim(db)) == ["accepted"]
        db.execute("set role darkroom_api")
        assert len(db.execute("select id from darkroom.images").fetchall()) == 1
        assert call(db, "read_events", 0)["epoch"]
        db.execute("set darkroom.user_id = ''")
        assert db.execute("select id from darkroom.images").fetchall() == []
        db.execute("set role darkroom_report")
        assert len(db.execute("select url from report.images").fetchall()) == 1
        db.execute("reset role")
        invariants(db)


def test_whoever_may_grant_the_roles_gives_them_to_itself(
    admin: Connection,
    template: str,  # noqa: ARG001 - its migration made the roles
    owned: str,
) -> None:
    # As if it had made them, which it can do once in a cluster only.
    admin.execute(f"alter role {OWNER} createrole".encode())
    if admin.info.server_version >= 160000:
        for role in TAKEN:
            admin.execute(f"grant {role} to {OWNER} with admin true, inherit false, set false".encode())
    login = make_conninfo(owned, user=OWNER, password=OWNER)

    migrate(login)

    with psycopg.connect(login, autocommit=True, row_factory=dict_row) as conn:
        assert operators.roles_out_of_reach(conn) == []
        for role in TAKEN:
            take_role(conn, role)
            conn.execute("reset role")


def test_what_an_administrator_has_to_grant_is_said(
    admin: Connection,
    template: str,  # noqa: ARG001 - its migration made the roles
    owned: str,
) -> None:
    login = make_conninfo(owned, user=OWNER, password=OWNER)
    migrate(login)

    with psycopg.connect(login, autocommit=True, row_factory=dict_row) as conn:
        for number, role in enumerate(TAKEN):
            assert operators.roles_out_of_reach(conn) == list(TAKEN[number:])
            with pytest.raises(ForbiddenError) as refused:
                take_role(conn, role)
            admin.execute(refused.value.hint.removeprefix("Let an administrator of the database ").strip(".").encode())
            take_role(conn, role)
            conn.execute("reset role")
        assert operators.roles_out_of_reach(conn) == []


def test_doctor_says_what_the_owner_may_not_act_as(
    template: str,  # noqa: ARG001 - its migration made the roles
    owned: str,
) -> None:
    login = make_conninfo(owned, user=OWNER, password=OWNER)
    migrate(login)

    with psycopg.connect(login, autocommit=True, row_factory=dict_row) as conn:
        checkup = Checkup(None)
        examine(checkup, read_settings({}), conn, thorough=False)

    found = {finding.finding: finding for finding in checkup.findings}
    assert found["roles"].hint == f'As an administrator: grant {", ".join(TAKEN)} to "{OWNER}".'
    assert found["roles"].level == "warning", "API and worker may have accounts of their own"
