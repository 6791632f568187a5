"""A standby promoted without its primary's last commits gives their numbers to other events; the epoch says so."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from darkroom.postgres_binaries import server_account, usable_binaries
from darkroom.schema import migrate
from tests.servers import embedded_server, scratch_folder
from tests.sql.engine import create, new_user, rows, value
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Connection


@contextlib.contextmanager
def standby_of(primary: str) -> Iterator[str]:
    """A copy of the primary as of now, in recovery and cut off from it."""
    account = server_account()
    tools = usable_binaries(account)
    source = conninfo_to_dict(primary)
    with scratch_folder() as folder:
        account.own(folder)
        cluster = folder / "standby"
        _run([tools.tool("pg_basebackup"), "-D", cluster, "-h", source["host"], "-p", source["port"],
              "-U", source["user"], "-c", "fast", "-X", "stream"])  # fmt: skip
        (cluster / "standby.signal").touch()
        account.own(cluster / "standby.signal")
        options = f"-c unix_socket_directories={folder} -c logging_collector=off -c listen_addresses= -c fsync=off"
        try:
            _run([tools.tool("pg_ctl"), "start", "-w", "-D", cluster, "-l", folder / "log", "-o", options])
            yield make_conninfo(primary, host=str(folder))
        finally:
            _run([tools.tool("pg_ctl"), "stop", "-m", "immediate", "-D", cluster], check=False)


def _run(args: list[str | Path | int | None], *, check: bool = True) -> None:
    done = server_account().run([str(a) for a in args])
    assert not check or done.returncode == 0, done.stdout + done.stderr


def deliver(db: Connection, user: object, position: int, epoch: str) -> dict[str, object]:
    [answer] = rows(
        db,
        "select * from darkroom.deliver_events(jsonb_build_array(jsonb_build_object("
        "'user_id', %s::text, 'after', %s::bigint, 'epoch', %s::text)))",
        str(user),
        position,
        epoch,
    )
    return answer


@pytest.mark.slow
def test_a_promoted_standby_has_another_epoch() -> None:
    with contextlib.ExitStack() as stack:
        primary = make_conninfo(stack.enter_context(embedded_server()), dbname="darkroom")
        with psycopg.connect(primary, dbname="postgres", autocommit=True) as admin:
            admin.execute("create database darkroom")
        migrate(primary)

        def connect(conninfo: str) -> Connection:
            return stack.enter_context(psycopg.connect(conninfo, autocommit=True, row_factory=dict_row))

        db = connect(primary)
        user = new_user(db)
        create(db, user)
        epoch = str(value(db, "select darkroom.event_epoch()"))
        kept = int(value(db, "select seq from darkroom.event_heads where user_id = %s", user))

        standby = connect(stack.enter_context(standby_of(primary)))
        assert value(standby, "select pg_is_in_recovery()")
        assert value(standby, "select darkroom.event_epoch()") == epoch, "a standby reads the primary's log"
        assert not deliver(standby, user, 0, epoch)["reset"]

        create(db, user, "which the standby never hears of")
        lost = int(value(db, "select seq from darkroom.event_heads where user_id = %s", user))
        assert lost > kept

        standby.execute("select pg_promote()")
        wait_until(lambda: not value(standby, "select pg_is_in_recovery()"), "the promotion")
        promoted = str(value(standby, "select darkroom.event_epoch()"))
        assert promoted != epoch
        assert promoted.partition("-")[0] == epoch.partition("-")[0], "the same system on another timeline"
        for position in (0, kept, lost):
            assert deliver(standby, user, position, epoch)["reset"], "nobody goes on from another history"
        create(standby, user, "with the numbers of what was lost")
        assert deliver(standby, user, lost, epoch)["reset"]
        assert not deliver(standby, user, kept, promoted)["reset"]
