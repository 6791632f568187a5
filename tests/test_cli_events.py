"""`darkroom events` shows what happened, follows what happens across restarts of the API, and says what is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from darkroom.client import Client
from darkroom.secrets import new_api_key
from tests.api.processes import running_api
from tests.cli import COMMAND, SECONDS_MAX, Cli, environment
from tests.sql.engine import call, create, events, new_user, rows, work_off
from tests.support import wait_until
from tests.worker.proxy import proxied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from tests.api.processes import Api
    from tests.conftest import Connection


AWAY = "The API does not answer. Waiting for it; Ctrl-C ends this."
BACK = "The API answers again."


@pytest.fixture
def api(database: str, tmp_path: Path) -> Iterator[Api]:
    with running_api(database, tmp_path) as running:
        yield running


@pytest.fixture
def cli(database: str, tmp_path: Path) -> Cli:
    """Of the same data folder, where the API says where it listens."""
    return Cli(database, DARKROOM_DATA=str(tmp_path))


class Following:
    """`darkroom events --follow --json` in the background."""

    def __init__(self, cli: Cli, output: Path, *args: object) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [*COMMAND, "events", "--follow", *map(str, args)],
                env=environment(**cli.settings),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.PIPE,
                text=True,
            )

    @property
    def lines(self) -> list[str]:
        return self._output.read_text().splitlines()

    def wait_for(self, count: int) -> list[str]:
        wait_until(lambda: len(self.lines) >= count, f"{count} lines of events")
        return self.lines

    def interrupt(self) -> str:
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=SECONDS_MAX)
        return said


@contextlib.contextmanager
def following(cli: Cli, output: Path, *args: object) -> Iterator[Following]:
    command = Following(cli, output, *args)
    with command.process:
        try:
            yield command
        finally:
            command.process.kill()


def seqs(lines: list[str]) -> list[int]:
    return [json.loads(line)["seq"] for line in lines]


def all_seqs(db: Connection, user: UUID) -> list[int]:
    return [event["seq"] for event in events(db, user)]


@pytest.mark.usefixtures("api")
def test_it_shows_the_last_events_or_those_after_a_number_and_ends(cli: Cli, db: Connection, demo: UUID) -> None:
    for _ in range(4):
        create(db, demo, quantity=2)
    work_off(db)
    head = all_seqs(db, demo)[-1]

    assert seqs(cli.run("events", "--json").stdout.splitlines()) == list(range(head - 9, head + 1))
    assert seqs(cli.run("events", "--json", "--last", 3).stdout.splitlines()) == [head - 2, head - 1, head]
    assert seqs(cli.run("events", "--json", "--after", 0).stdout.splitlines()) == all_seqs(db, demo)
    for nothing in (["--last", 0], ["--after", head]):
        done = cli.run("events", *nothing)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.usefixtures("api")
def test_its_json_is_the_event_and_its_lines_say_the_same_to_people(cli: Cli, db: Connection, demo: UUID) -> None:
    made = create(db, demo)["id"]
    work_off(db)

    first, *_, last = (json.loads(line) for line in cli.run("events", "--after", 0, "--json").stdout.splitlines())
    assert (first["kind"], first["detail"]["reason"]) == ("credits.changed", "grant")
    assert (last["kind"], last["data"]["generation"]["id"]) == ("generation.completed", made)
    lines = cli.run("events", "--after", 0).stdout.splitlines()
    assert len(lines) == last["seq"]
    assert "credits.changed" in lines[0]
    assert "amount=1000" in lines[0]
    assert lines[-1].split() == [str(last["seq"]), last["at"], "generation.completed", "generation", made]


@pytest.mark.usefixtures("api")
def test_filters_pass_what_names_them_and_the_account(cli: Cli, db: Connection, demo: UUID) -> None:
    wanted, other = (create(db, demo)["id"] for _ in range(2))
    work_off(db)

    found = [
        json.loads(line)
        for line in cli.run("events", "--after", 0, "--generation", wanted, "--json").stdout.splitlines()
    ]

    assert [event["kind"] for event in found if event["ids"].get("generation_id") == wanted] == [
        "generation.created", "job.processing", "job.completed", "generation.completed"
    ]  # fmt: skip
    assert other not in str([event["ids"] for event in found if event["kind"] != "credits.changed"])
    assert {event["kind"] for event in found if "generation_id" not in event["ids"]} == {"credits.changed"}
    # Its last event is not the last there is, and the command ends all the same.
    assert found[-1]["seq"] < all_seqs(db, demo)[-1]


def test_a_key_is_enough_and_the_database_is_not_asked(api: Api, db: Connection, tmp_path: Path) -> None:
    ann, key = new_user(db, "ann"), new_api_key()
    call(db, "create_api_key", ann, key.sha256, key.last_four)
    (tmp_path / "ann.key").write_text(key.text + "\n")
    away = Cli("host=/nowhere dbname=x", DARKROOM_DATA=str(tmp_path / "empty"))

    done = away.run("events", "--url", api.url, "--key-file", tmp_path / "ann.key", "--json")
    assert seqs(done.stdout.splitlines()) == all_seqs(db, ann)
    assert away.run("events", "--url", api.url, "--key-file", "-", "--json", stdin=key.text).stdout == done.stdout

    refused = away.run("events", "--url", api.url, "--key-file", "-", stdin="dk_nobodys")
    assert refused.returncode == 3
    assert "4401" in refused.stderr


def test_another_user_is_named(cli: Cli, api: Api, db: Connection, demo: UUID) -> None:
    ann = new_user(db, "ann")
    create(db, ann)

    for name in ("ann", ann):
        assert seqs(cli.run("events", "--user", name, "--json").stdout.splitlines()) == all_seqs(db, ann)
    assert cli.run("events", "--user", "bob").returncode == 3
    assert len(all_seqs(db, demo)) == 1
    assert api.process.poll() is None


def test_it_follows_across_a_restart_of_the_api_without_a_gap(
    cli: Cli, database: str, db: Connection, demo: UUID, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as apis:
        api = apis.enter_context(running_api(database, tmp_path))
        with following(cli, tmp_path / "events", "--after", 0, "--json") as command:
            create(db, demo)
            command.wait_for(3)
            api.kill()
            create(db, demo)  # while nobody can tell
            apis.enter_context(running_api(database, tmp_path, api_listen=api.url.removeprefix("http://")))
            create(db, demo)
            lines = command.wait_for(len(all_seqs(db, demo)))

            told = command.interrupt().splitlines()
            assert set(told) <= {AWAY, BACK}, "nothing else, and that only where the restart took its time"
            assert command.process.returncode == 130
            assert seqs(lines) == all_seqs(db, demo)


def test_it_says_once_that_it_waits_for_the_api_and_once_that_it_is_back(
    cli: Cli, database: str, db: Connection, demo: UUID, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as apis:
        api = apis.enter_context(running_api(database, tmp_path))
        with following(cli, tmp_path / "events", "--after", 0, "--json") as command:
            create(db, demo)
            command.wait_for(3)
            api.kill()
            assert command.process.stderr is not None
            assert command.process.stderr.readline().strip() == AWAY
            apis.enter_context(running_api(database, tmp_path, api_listen=api.url.removeprefix("http://")))

            assert command.process.stderr.readline().strip() == BACK
            assert command.interrupt() == ""


def test_it_follows_on_when_the_database_does_not_let_it_in_for_a_moment(
    database: str, db: Connection, demo: UUID, tmp_path: Path
) -> None:
    """Which it asks for a ticket each time that it is connected anew."""
    with proxied(database) as wire, contextlib.ExitStack() as apis:
        api = apis.enter_context(running_api(database, tmp_path))
        cli = Cli(wire.conninfo, DARKROOM_DATA=str(tmp_path))
        with following(cli, tmp_path / "events", "--after", 0, "--json") as command:
            create(db, demo)
            command.wait_for(3)
            wire.cut_before_the_answer_to("user\0")  # of whoever signs in next
            api.kill()
            apis.enter_context(running_api(database, tmp_path, api_listen=api.url.removeprefix("http://")))
            create(db, demo)

            assert seqs(command.wait_for(len(all_seqs(db, demo)))) == all_seqs(db, demo)
            assert wire.cuts == 1


def test_a_lost_place_is_said_and_then_it_goes_on(
    cli: Cli, api: Api, db: Connection, demo: UUID, tmp_path: Path
) -> None:
    done = cli.run("events", "--after", 99)
    assert (done.returncode, done.stdout.split()[:2]) == (0, ["1", "reset:"])

    with following(cli, tmp_path / "events", "--after", 99, "--json") as command:
        assert json.loads(command.wait_for(1)[0]).items() >= {"kind": "reset", "seq": 1}.items()
        create(db, demo)
        assert seqs(command.wait_for(3)) == [1, 2, 3]
    assert api.process.poll() is None


def test_nobody_reads_any_more_and_that_is_no_error(cli: Cli, api: Api, db: Connection, demo: UUID) -> None:
    create(db, demo)
    command = subprocess.Popen(
        [*COMMAND, "events", "--follow"],
        env=environment(**cli.settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert command.stdout.readline()
        command.stdout.close()
        wait_until(lambda: bool(rows(db, "select from darkroom.event_heads where watched_until > now()")), "a watch")
        create(db, demo)
        assert command.stderr.read() == ""
        command.wait(SECONDS_MAX)
    assert api.process.poll() is None


def test_without_an_api_it_says_what_to_start(cli: Cli, tmp_path: Path) -> None:
    elsewhere = cli.run("events", settings={"DARKROOM_API_LISTEN": "127.0.0.1:1"})
    assert elsewhere.returncode == 4
    assert "does not answer" in elsewhere.stderr

    nothing = Cli(data=tmp_path / "none").run("events", "--follow")
    assert nothing.returncode == 4
    assert "darkroom up" in nothing.stderr
    assert not (tmp_path / "none").exists()


def test_events_up_to_a_number_come_to_an_end(api: Api, db: Connection, demo: UUID) -> None:
    key = new_api_key()
    call(db, "create_api_key", demo, key.sha256, key.last_four)
    create(db, demo, quantity=8)

    async def use() -> list[dict[str, Any]]:
        async with asyncio.timeout(20), Client(api.url, key=key.text) as client:
            stream = client.events(0)
            stream.until = 2
            return [event async for event in stream]

    assert [event["seq"] for event in asyncio.run(use())] == [1, 2]
