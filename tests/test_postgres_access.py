"""Who gets at the embedded server, and whose folders stay closed."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from darkroom.postgres import Listen, PostgresError, embedded
from darkroom.postgres_binaries import CACHE, find_binaries
from tests.servers import FAST, scratch_folder

PASSWORD = "correct horse battery"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account run the server")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_no_tcp_unless_asked() -> None:
    with scratch_folder() as folder, embedded(folder, settings=FAST) as server:
        with psycopg.connect(server.conninfo("postgres")) as conn:
            assert conn.execute("show listen_addresses").fetchone() == ("",)
            assert conn.execute("show jit").fetchone() == ("off",)
            assert conn.execute("show idle_in_transaction_session_timeout").fetchone() == ("1min",)
        assert mode(server.socket_folder) == 0o700
        assert mode(server.folder / str(server.binaries.major)) == 0o700


def test_tcp_asks_for_the_password() -> None:
    listen = Listen(free_port(), PASSWORD)
    with scratch_folder() as folder, embedded(folder, listen=listen, settings=FAST):
        tcp = make_conninfo(host="127.0.0.1", port=listen.port, user="postgres", dbname="postgres")
        with psycopg.connect(tcp, password=PASSWORD) as conn:
            assert conn.execute("show listen_addresses").fetchone() == ("127.0.0.1",)
        for wrong in ("", "wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(tcp, password=wrong)
        logs = "".join(path.read_text() for path in folder.glob("postgres/log/*.log"))
        assert PASSWORD not in logs


def test_a_server_without_tcp_says_so_when_tcp_is_asked_for() -> None:
    with scratch_folder() as folder, embedded(folder, settings=FAST):
        with pytest.raises(PostgresError, match="without TCP"), embedded(folder, listen=Listen(free_port(), PASSWORD)):
            pass
        with embedded(folder) as still_there, psycopg.connect(still_there.conninfo("postgres")) as conn:
            assert conn.execute("select 1").fetchone() == (1,)


def test_a_taken_port_is_told_at_once() -> None:
    with socket.socket() as taken, scratch_folder() as folder:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = Listen(taken.getsockname()[1], PASSWORD)
        with pytest.raises(PostgresError, match="could not bind"), embedded(folder, listen=listen, settings=FAST):
            pass


def test_a_setting_that_postgres_refuses_is_told_at_once() -> None:
    with scratch_folder() as folder:
        with pytest.raises(PostgresError, match="no_such_setting"), embedded(folder, settings={"no_such_setting": "1"}):
            pass
        with embedded(folder, settings=FAST) as server, psycopg.connect(server.conninfo("postgres")) as conn:
            assert conn.execute("select 1").fetchone() == (1,)


def test_settings_of_ones_own_survive_a_start() -> None:
    with scratch_folder() as folder:
        with embedded(folder, settings=FAST) as server:
            cluster = server.folder / str(server.binaries.major)
        (cluster / "local.conf").write_text("work_mem = '9MB'\n")
        (cluster / "local.conf").chmod(0o644)
        with embedded(folder, settings=FAST) as server, psycopg.connect(server.conninfo("postgres")) as conn:
            assert conn.execute("show work_mem").fetchone() == ("9MB",)


def test_a_folder_planted_for_the_socket_is_refused() -> None:
    with scratch_folder() as folder:
        deep = folder / ("d" * 45) / ("e" * 45)
        with embedded(deep, settings=FAST) as server:
            planted = Path(str(conninfo_to_dict(server.conninfo())["host"]))
        planted.mkdir()
        planted.chmod(0o777)
        try:
            with pytest.raises(PostgresError, match="private"), embedded(deep, settings=FAST):
                pass
        finally:
            planted.rmdir()


@as_root
def test_root_with_binaries_in_a_closed_home_uses_a_copy_and_opens_nothing() -> None:
    with scratch_folder() as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        package = find_binaries().parent.parent
        shutil.copytree(find_binaries().parent, home / package.name / "pginstall18", symlinks=True)
        shutil.copytree(package.with_name(f"{package.name}.libs"), home / f"{package.name}.libs")
        binaries = home / package.name / "pginstall18" / "bin"
        with embedded(folder / "data", binaries=binaries, settings=FAST) as server:
            with psycopg.connect(server.conninfo("postgres")) as conn:
                assert conn.execute("select 1").fetchone() == (1,)
            assert server.binaries.bin.is_relative_to(CACHE)
        shutil.rmtree(CACHE / server.binaries.bin.relative_to(CACHE).parts[0])
        assert mode(home) == 0o700


@as_root
def test_root_with_a_data_folder_that_the_server_cannot_enter_is_told_so() -> None:
    with scratch_folder() as folder:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        with pytest.raises(PostgresError, match="cannot enter"), embedded(closed / "data"):
            pass
        assert mode(closed) == 0o700


@as_root
def test_root_follows_no_link_that_the_server_planted() -> None:
    with scratch_folder() as folder:
        with embedded(folder, settings=FAST) as server:
            conf = server.folder / str(server.binaries.major) / "postgresql.conf"
        victim = folder / "victim"
        victim.write_text("untouched")
        conf.unlink()
        conf.symlink_to(victim)
        with embedded(folder, settings=FAST):
            assert victim.read_text() == "untouched"
            assert not conf.is_symlink()
