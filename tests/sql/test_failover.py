"""A standby takes over after the primary's last commits were lost: the numbers go on, and everybody can tell."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from darkroom.postgres_binaries import server_account
from tests.servers import scratch_folder
from tests.sql.engine import DELIVER, Row, create, events, invariants, new_user, row, value
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tests.conftest import Connection


@pytest.fixture
def standby(db: Connection, database: str) -> Iterator[Connection]:
    """A streaming copy of the test's server, with a socket of its own; connected to the same database."""
    tools = Path(value(db, "select setting from pg_config where name = 'BINDIR'"))
    if not (tools / "pg_basebackup").exists():
        pytest.skip(f"there is no pg_basebackup in {tools}: the server is not on this machine")
    with scratch_folder() as folder, streaming_copy(db, tools, folder) as socket:
        wait_until(lambda: answers(make_conninfo(database, host=socket)), "the standby to answer")
        with psycopg.connect(make_conninfo(database, host=socket), autocommit=True, row_factory=dict_row) as conn:
            yield conn


@contextmanager
def streaming_copy(db: Connection, tools: Path, folder: Path) -> Iterator[str]:
    account = server_account()
    data, socket, log = (folder / name for name in ("data", "run", "log"))
    for made in (data, socket, log):
        made.mkdir(mode=0o700)
        account.own(made)
    source: list[str | Path] = ["-h", db.info.host, "-p", str(db.info.port), "-U", db.info.user]
    copied = account.run(
        [tools / "pg_basebackup", *source, "-D", data, "-X", "stream", "-c", "fast", "--no-sync", "-R"]
    )
    assert copied.returncode == 0, copied.stderr
    settings = {"unix_socket_directories": socket, "listen_addresses": "", "log_directory": log, "hot_standby": "on"}
    options = " ".join(f"-c {name}='{setting}'" for name, setting in settings.items())
    pg_ctl: list[str | Path] = [tools / "pg_ctl", "-D", data, "-s", "-w", "-t", "60"]
    started = account.run([*pg_ctl, "start", "-l", log / "start.log", "-o", options])
    try:
        assert started.returncode == 0, started.stderr + (log / "start.log").read_text()
        yield str(socket)
    finally:
        account.run([*pg_ctl, "stop", "-m", "immediate"])


def answers(conninfo: str) -> bool:
    try:
        psycopg.connect(conninfo).close()
    except psycopg.OperationalError:
        return False
    return True


def head(conn: Connection, user: UUID) -> int:
    return int(value(conn, "select coalesce(max(seq), 0) from darkroom.event_heads where user_id = %s", user))


def deliver(conn: Connection, user: UUID, after: int, epoch: str) -> Row:
    cursor = Jsonb([{"user_id": str(user), "after": after, "epoch": epoch}])
    return row(conn, DELIVER, cursor, 100)


def test_a_standby_promoted_after_losing_commits_shows_another_epoch(db: Connection, standby: Connection) -> None:
    ann = new_user(db)
    create(db, ann)
    kept = head(db, ann)
    epoch = str(value(db, "select darkroom.event_epoch()"))
    wait_until(lambda: head(standby, ann) == kept, "the standby to catch up")
    assert value(standby, "select pg_is_in_recovery()") is True
    assert value(standby, "select darkroom.event_epoch()") == epoch
    assert [item["seq"] for item in deliver(standby, ann, 0, epoch)["items"]] == list(range(1, kept + 1))

    # Cut off: what the primary commits from here on, and tells its clients of, is lost.
    standby.execute("alter system set primary_conninfo = ''")
    standby.execute("select pg_reload_conf()")
    wait_until(lambda: value(standby, "select count(*) from pg_stat_wal_receiver") == 0, "the standby to be cut off")
    create(db, ann, "lost")
    create(db, ann, "lost as well")
    seen = head(db, ann)
    assert not deliver(db, ann, seen, epoch)["reset"]
    assert head(standby, ann) == kept

    assert value(standby, "select pg_promote(true, 60)") is True

    new_epoch = str(value(standby, "select darkroom.event_epoch()"))
    assert new_epoch != epoch
    assert new_epoch.split("-", maxsplit=1)[0] == epoch.split("-", maxsplit=1)[0], "the same system"
    assert new_epoch.split("-")[1] > epoch.split("-")[1], "on a later timeline"

    create(standby, ann, "another one")
    create(standby, ann, "and one more")
    # The numbers were given out twice, for different events; the head alone would not tell.
    assert head(standby, ann) == seen
    assert {e["generation_id"] for e in events(db, ann, kept)}.isdisjoint(
        e["generation_id"] for e in events(standby, ann, kept) if e["generation_id"] is not None
    )
    for after in (0, kept, seen, seen + 1):
        answer = deliver(standby, ann, after, epoch)
        assert (answer["reset"], answer["items"], answer["epoch"]) == (True, [], new_epoch)
        assert answer["next_after"] == seen
    assert [item["seq"] for item in deliver(standby, ann, kept, new_epoch)["items"]] == list(range(kept + 1, seen + 1))
    invariants(standby)
