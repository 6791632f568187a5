"""A provider's secret goes in and is never seen again: in no output, table, log, file or argument list."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from darkroom.secrets import KEYS_FILE, SecretBox
from tests.cli import COMMAND, KEY, SECONDS_MAX, Cli, environment
from tests.servers import scratch_folder
from tests.sql.engine import row, rows, value
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connection

SECRET = "sk-or-v1-c0ffee5ec2e7"


@pytest.fixture
def cli(database: str) -> Cli:
    return Cli(database, DARKROOM_SECRET_KEYS=KEY)


@pytest.fixture
def data() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


def stored(db: Connection) -> dict[str, str]:
    return row(db, "select provider, secret from darkroom.provider_tokens")


def arguments_of_all_processes() -> bytes:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:  # it has just ended
            continue
    return b"\n".join(found)


@pytest.mark.parametrize("way", ["standard input", "standard input with a line's end", "a variable"])
def test_a_secret_comes_in_without_being_an_argument_and_is_stored_encrypted(
    cli: Cli, db: Connection, way: str
) -> None:
    if way == "a variable":
        done = cli.run(
            "token", "add", "openrouter", "--from-env", "OPENROUTER_KEY", settings={"OPENROUTER_KEY": SECRET}
        )
    else:
        done = cli.run("token", "add", "openrouter", stdin=SECRET + ("\r\n" if "end" in way else ""))

    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout + done.stderr
    token = stored(db)
    assert SECRET not in token["secret"]
    assert SecretBox((KEY,)).decrypt("openrouter", token["secret"]) == SECRET
    # Each command that could show it.
    for command in (
        ["token", "list"],
        ["token", "list", "--json"],
        ["doctor"],
        ["doctor", "--json"],
        ["model", "list"],
    ):
        shown = cli.run(*command)
        assert SECRET not in shown.stdout + shown.stderr
        assert token["secret"] not in shown.stdout + shown.stderr


def test_no_process_has_it_among_its_arguments(cli: Cli, db: Connection, database: str) -> None:
    command = [*COMMAND, "token", "add", "openrouter"]
    settings = environment(DATABASE_URL=database, DARKROOM_SECRET_KEYS=KEY)
    with subprocess.Popen(
        command, env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as adding:
        assert adding.stdin is not None
        adding.stdin.write(SECRET)
        adding.stdin.close()
        looks = 0
        while adding.poll() is None:
            seen = arguments_of_all_processes()
            looks += adding.poll() is None and b"token\0add\0openrouter" in seen
            assert SECRET.encode() not in seen
        assert adding.returncode == 0
    assert looks > 0
    assert stored(db)["provider"] == "openrouter"
    assert cli.json("token", "list")[0]["state"] == "ready"


def test_a_secret_on_the_command_line_is_refused_without_repeating_it(cli: Cli, db: Connection) -> None:
    for wrong in (
        ["token", "add", "openrouter", SECRET],
        ["token", "add", "openrouter", "--secret", SECRET],
        ["token", "add", "openrouter", f"--secret={SECRET}"],
    ):
        done = cli.run(*wrong, stdin=SECRET)
        assert done.returncode == 2
        assert SECRET not in done.stdout + done.stderr
    assert rows(db, "select * from darkroom.provider_tokens") == []


@pytest.mark.parametrize(
    "secret", ["", "  \n", f"{SECRET} {SECRET}", f"{SECRET}\n{SECRET}", SECRET + "é", SECRET * 1000]
)
def test_what_cannot_be_a_key_is_refused_without_repeating_it(cli: Cli, db: Connection, secret: str) -> None:
    done = cli.run("token", "add", "openrouter", stdin=secret)

    assert (done.returncode, done.stdout) == (2, "")
    assert SECRET not in done.stderr
    assert rows(db, "select * from darkroom.provider_tokens") == []


def test_on_a_terminal_it_is_asked_for_without_echo(db: Connection, database: str) -> None:
    keyboard, terminal = pty.openpty()
    settings = environment(DATABASE_URL=database, DARKROOM_SECRET_KEYS=KEY, TERM="dumb")
    seen = b""
    # A session of its own with this terminal as the controlling one, as a shell would have it.
    with subprocess.Popen(
        ["setsid", "--ctty", *COMMAND, "token", "add", "openrouter", "--json"],
        env=settings, stdin=terminal, stdout=terminal, stderr=terminal,
    ) as adding:  # fmt: skip
        os.close(terminal)
        while b"(not shown)" not in seen:
            seen += os.read(keyboard, 1000)
        # getpass has switched the echo off before it prompts.
        os.write(keyboard, SECRET.encode() + b"\n")
        try:
            while chunk := os.read(keyboard, 1000):
                seen += chunk
        except OSError:  # how Linux says that the other end has closed
            pass
        assert adding.wait(SECONDS_MAX) == 0, seen
    os.close(keyboard)

    assert b'"state": "ready"' in seen
    assert SECRET.encode() not in seen
    assert SecretBox((KEY,)).decrypt("openrouter", stored(db)["secret"]) == SECRET


def test_without_a_key_to_encrypt_with_nothing_is_stored(database: str, db: Connection) -> None:
    done = Cli(database).run("token", "add", "openrouter", stdin=SECRET)

    assert done.returncode == 2
    assert "new-secret-key" in done.stderr
    assert SECRET not in done.stderr
    assert rows(db, "select * from darkroom.provider_tokens") == []


def test_tokens_are_switched_and_removed(cli: Cli, db: Connection) -> None:
    token = cli.json("token", "add", "openrouter", "--label", "main", "--max-in-flight", 3, stdin=SECRET)

    assert (token["label"], token["state"], token["max_in_flight"]) == ("main", "ready", 3)
    assert cli.json("token", "disable", token["id"])["state"] == "off"
    assert cli.json("token", "enable", token["id"])["state"] == "ready"
    assert cli.json("token", "remove", token["id"])["state"] == "removed"
    assert cli.run("token", "enable", token["id"]).returncode == 3
    assert [listed["id"] for listed in cli.json("token", "list")] == [token["id"]]
    assert value(db, "select secret from darkroom.provider_tokens") is None


def test_a_token_of_a_provider_without_models_is_noticed(cli: Cli) -> None:
    assert "no model" in cli.run("token", "add", "openruoter", stdin=SECRET).stderr
    assert cli.run("token", "add", "openrouter", stdin=SECRET).stderr == ""


def test_a_printed_key_is_one_that_the_setting_takes(database: str) -> None:
    made = Cli().run("new-secret-key").stdout.strip()

    assert made != Cli().run("new-secret-key").stdout.strip()
    assert Cli(database, DARKROOM_SECRET_KEYS=made).json("token", "add", "openrouter", stdin=SECRET)["state"] == "ready"


def test_an_embedded_instance_keeps_the_secret_in_no_file_and_logs_nothing_of_it(data: Path) -> None:
    cli = Cli(data=data)
    cli.json("user", "list")
    (conf,) = (path.parent for path in data.glob("postgres/*/postgresql.conf"))
    (conf / "local.conf").write_text(
        "log_statement = 'all'\nlog_min_duration_statement = 0\nlog_parameter_max_length_on_error = -1\n"
    )
    (conf / "local.conf").chmod(0o644)

    cli.json("token", "add", "openrouter", stdin=SECRET)
    cli.run("token", "add", "OPENROUTER", stdin=SECRET)  # refused, so that it would be logged as an error

    wait_until(lambda: not list(data.glob("postgres/*/postmaster.pid")), "the server to stop")
    files = [path for path in data.rglob("*") if path.is_file()]
    contents = {path: path.read_bytes() for path in files}
    # The look is not in vain: what is not secret is found, in the tables' files, in the log and in the WAL.
    assert sum(b"openrouter" in content for content in contents.values()) >= 3
    assert any(b"add_provider_token" in content for path, content in contents.items() if path.suffix == ".log")
    assert [path for path, content in contents.items() if SECRET.encode() in content] == []
    keys = contents[data / KEYS_FILE]
    assert (data / KEYS_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path, content in contents.items() if keys.strip() in content] == [KEYS_FILE]
