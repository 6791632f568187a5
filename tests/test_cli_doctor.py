"""`darkroom doctor`: what is reachable, which versions, what is wrong and how to mend it."""

from __future__ import annotations

import json
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from darkroom import __version__
from darkroom.bundle import default_root, read_bundle
from darkroom.checkup import redacted_url
from darkroom.schema import migrate
from darkroom.secrets import new_secret_key
from tests.api.processes import running_api
from tests.cli import KEY, Cli
from tests.servers import scratch_folder
from tests.sql.engine import BANANA, add_token, call, claim, complete, create, fail, move_clock, new_user, rows, value
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Connect, Connection


@pytest.fixture
def data() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


@pytest.fixture
def cli(database: str) -> Cli:
    return Cli(database, DARKROOM_SECRET_KEYS=KEY)


def examine(cli: Cli, code: int | None = None) -> dict[str, Any]:
    done = cli.run("doctor", "--json")
    if code is not None:
        assert done.returncode == code, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    for finding in report["findings"]:
        assert finding["message"]
        assert finding["hint"]
        assert finding["level"] in {"problem", "warning"}
    return report


def diagnosed(db: Connection) -> dict[str, dict[str, Any]]:
    """Findings by name, without those on the settings of a test's server."""
    found = rows(db, "select * from darkroom.diagnose()")
    return {f["finding"]: f for f in found if f["finding"] not in {"settings", "connections"}}


def test_a_fresh_embedded_instance_is_well(data: Path) -> None:
    cli = Cli(data=data)
    cli.json("user", "create", "ann")

    report = examine(cli, 0)

    assert report["ok"] is True
    assert report["checks"] == dict.fromkeys(
        ["data_folder", "server", "schema", "database", "secrets", "storage"], True
    )
    assert [f["finding"] for f in report["findings"]] == ["no_usable_token"]  # of openrouter, and only a warning
    assert report["data"] == str(data)
    assert (report["api_url"], report["metrics_url"]) == (None, None)
    versions = report["versions"]
    assert (versions["darkroom"], versions["python"]) == (__version__, platform.python_version())
    assert versions["schema"] == versions["schema_expected"] == read_bundle(default_root()).hash
    assert versions["postgres"]
    assert "No problem found" in cli.run("doctor").stdout


def test_asking_after_an_instance_that_is_not_there_does_not_make_one(data: Path) -> None:
    folder = data / "none"

    report = examine(Cli(data=folder), 4)

    assert report["checks"] == {"data_folder": False}
    assert str(folder) in report["findings"][0]["message"]
    assert not folder.exists()


def test_its_url_leads_to_the_database_and_hides_the_password(cli: Cli, database: str, db: Connection) -> None:
    url = examine(cli)["database_url"]
    with psycopg.connect(url) as conn:
        there = conn.execute("select current_database()").fetchone()
    assert there == (value(db, "select current_database()"),)

    report = examine(Cli("postgresql://app:hunter2@127.0.0.1:1/darkroom?connect_timeout=2&sslpassword=hunter2"), 4)
    assert report["database_url"] == "postgresql://app:***@127.0.0.1:1/darkroom?connect_timeout=2"
    assert "hunter2" not in str(report)
    assert "server" in {f["finding"] for f in report["findings"]}
    assert database


@pytest.mark.parametrize(
    ("conninfo", "url"),
    [
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("host=::1 port=5433 dbname=d user=u password='p w'", "postgresql://u:***@[::1]:5433/d"),
        ("host=/run/pg dbname='d/x' user='u@v'", "postgresql://u%40v@/d%2Fx?host=%2Frun%2Fpg"),
        ("host=a,b port=1,2 dbname=d", "postgresql:///d?host=a%2Cb&port=1%2C2"),
        ("service=mine", "postgresql:///?service=mine"),
    ],
)
def test_any_connection_string_becomes_a_url(conninfo: str, url: str) -> None:
    assert redacted_url(conninfo) == url


def test_a_schema_of_another_version_is_named(cli: Cli, db: Connection, empty_database: str) -> None:
    db.execute("update darkroom.schema_code set bundle_hash = 'another'")
    for report in (examine(cli, 5), examine(Cli(empty_database), 5)):
        assert report["checks"]["schema"] is False
        (problem,) = [f for f in report["findings"] if f["level"] == "problem"]
        assert problem["finding"] == "schema"
        assert "darkroom migrate" in problem["hint"].lower()
        assert "migrate" not in problem["message"]


def test_tokens_that_cannot_be_decrypted_are_named(cli: Cli, database: str) -> None:
    token = cli.json("token", "add", "openrouter", "--label", "main", stdin="sk-secret")
    assert examine(cli)["checks"]["secrets"] is True

    messages = []
    for without in (Cli(database), Cli(database, DARKROOM_SECRET_KEYS=new_secret_key())):
        report = examine(without, 1)
        assert report["checks"]["secrets"] is False
        messages += [f["message"] for f in report["findings"] if f["finding"] == "secrets"]
    assert len(messages) == 2
    assert all("DARKROOM_SECRET_KEYS" in message for message in messages)
    assert token["id"] in messages[1]


def test_the_operators_role_may_ask_and_a_workers_may_not(database: str) -> None:
    asked = examine(Cli(make_conninfo(database, options="-c role=darkroom_operator")))
    assert asked["checks"]["database"] is True
    refused = examine(Cli(make_conninfo(database, options="-c role=darkroom_worker")))
    assert refused["ok"] is False


def test_a_fresh_database_has_nothing_but_a_hint_about_tokens(db: Connection) -> None:
    assert [(f["finding"], f["level"]) for f in diagnosed(db).values()] == [("no_usable_token", "warning")]


def test_work_without_a_usable_token_is_a_problem_until_there_is_one(db: Connection) -> None:
    create(db, new_user(db), models=[BANANA])
    assert diagnosed(db)["no_usable_token"]["level"] == "problem"
    assert "openrouter" in diagnosed(db)["no_usable_token"]["message"]

    token = add_token(db, "openrouter")
    assert diagnosed(db) == {}
    call(db, "set_provider_token_active", token, False)
    assert "token enable" in diagnosed(db)["no_usable_token"]["hint"]
    call(db, "set_provider_token_active", token, True)
    db.execute("update darkroom.provider_tokens set cooldown_until = darkroom.clock() + interval '1 minute'")
    assert diagnosed(db)["tokens_cooling"]["level"] == "warning"
    move_clock(db, 61)
    assert diagnosed(db).keys() == {"no_worker"}


def test_a_token_whose_calls_fail_is_named_until_one_works(db: Connection) -> None:
    token, user = add_token(db, "openrouter", 4, "main"), new_user(db)
    create(db, user, models=[BANANA], quantity=4)
    jobs = claim(db, 4)
    complete(db, jobs[0])
    for job in jobs[1:3]:
        fail(db, job, "transient", "no answer came")
        assert "failing_token" not in diagnosed(db), "others have worked"
    fail(db, jobs[3], "transient", "no answer came")

    found = diagnosed(db)["failing_token"]
    assert found["level"] == "warning"
    assert f"{token} of openrouter (main): 3. The last one: no answer came" in found["message"]
    move_clock(db, 60)
    db.execute("select darkroom.promote_due()")
    complete(db, claim(db, 1))
    assert "failing_token" not in diagnosed(db)


def test_a_token_that_never_worked_is_named_at_once(db: Connection) -> None:
    add_token(db, "openrouter")
    create(db, new_user(db), models=[BANANA])
    (job,) = claim(db)
    assert "failing_token" not in diagnosed(db), "its first call is under way"

    fail(db, job, "transient", "no answer came")

    assert "failing_token" in diagnosed(db)


def test_the_api_of_another_database_is_not_taken_for_this_ones(
    database: str, empty_database: str, tmp_path: Path
) -> None:
    migrate(empty_database)
    with running_api(empty_database, tmp_path) as api:
        wait_until(lambda: httpx.get(f"{api.url}/readyz", timeout=30).status_code == 200, "it to be ready")
        listen = api.url.removeprefix("http://")
        elsewhere = str(tmp_path / "elsewhere")

        assert examine(Cli(empty_database, DARKROOM_API_LISTEN=listen, DARKROOM_DATA=elsewhere))["api_url"] == api.url
        theirs = examine(Cli(database, DARKROOM_API_LISTEN=listen, DARKROOM_DATA=elsewhere))
        assert (theirs["api_url"], "api" in theirs["checks"]) == (None, False)
        # In this one's folder it said that it listens, but not for which database.
        shared = examine(Cli(database, DARKROOM_DATA=str(tmp_path)))
        assert shared["api_url"] is None
        assert "another database" in next(f["message"] for f in shared["findings"] if f["finding"] == "api")


def test_jobs_that_wait_expire_or_are_overdue_are_found_as_time_goes_by(db: Connection) -> None:
    add_token(db, "openrouter")
    user = new_user(db)
    create(db, user)
    assert claim(db)
    create(db, user)
    scheduled = create(db, user)
    db.execute("delete from darkroom.queue where job_id = (select max(id) from darkroom.jobs)")
    db.execute(
        "insert into darkroom.schedule (run_at, job_id, user_id)"
        " select darkroom.clock() + interval '1 minute', max(id), %s from darkroom.jobs",
        (user,),
    )
    assert scheduled
    assert diagnosed(db) == {}

    move_clock(db, 400)
    assert {name: f["level"] for name, f in diagnosed(db).items()} == {
        "jobs_waiting": "warning",
        "no_worker": "warning",
        "expired_leases": "problem",
        "overdue_jobs": "warning",
    }


def test_jobs_that_nobody_works_on_are_found_within_seconds(db: Connection) -> None:
    user = new_user(db)
    create(db, user, quantity=2)
    move_clock(db, -60)  # or a busy machine makes seconds of this moment
    assert "no_worker" not in diagnosed(db), "a worker may be about to claim them"

    move_clock(db, 4)
    assert "sketch" in diagnosed(db)["no_worker"]["message"]

    db.execute("select darkroom.sleep_until('{openrouter}', darkroom.clock() + interval '500 s')")
    assert "no_worker" in diagnosed(db), "one that sleeps waits for other jobs"
    db.execute("select darkroom.sleep_until('{sketch}', darkroom.clock() + interval '500 s')")
    assert "no_worker" not in diagnosed(db), "the bell wakes one"

    move_clock(db, 1000)
    (job,) = claim(db)
    assert "no_worker" not in diagnosed(db), "one is at work"
    complete(db, job)
    assert "no_worker" in diagnosed(db)


def test_what_must_be_empty_is_looked_at_unless_it_shall_be_quick(db: Connection, cli: Cli) -> None:
    user = new_user(db)
    create(db, user)
    db.execute("update darkroom.users set credits = credits + 1")
    db.execute("delete from darkroom.queue")
    db.execute("update darkroom.event_heads set active_count = 7, seq = seq + 1")

    found = diagnosed(db)

    assert {"wrong_money", "misplaced_jobs", "wrong_counts", "sequence_gaps"} <= found.keys()
    assert all(found[name]["level"] == "problem" for name in ("wrong_money", "misplaced_jobs"))
    assert examine(cli, 1)["checks"]["wrong_money"] is False
    assert "wrong_money" not in cli.run("doctor", "--quick", "--json").stdout


def test_settings_that_lose_work_and_a_forgotten_transaction_are_found(db: Connection, connect: Connect) -> None:
    forgotten = connect(autocommit=False)
    forgotten.execute("select 1")
    found = rows(db, "select * from darkroom.diagnose()")
    off = value(db, "select current_setting('fsync')") == "off"
    assert any(f["finding"] == "settings" and "fsync is off" in f["message"] for f in found) is off
    assert "long_transaction" not in {f["finding"] for f in found}  # it is not five minutes old

    db.execute("set idle_in_transaction_session_timeout = 0")
    found = rows(db, "select * from darkroom.diagnose()")
    assert any("idle_in_transaction_session_timeout" in f["message"] for f in found)


def test_an_embedded_command_is_quick(data: Path) -> None:
    cli = Cli(data=data)
    cli.json("user", "create", "ann")

    took = []
    for _ in range(5):
        begun = time.monotonic()
        cli.json("user", "list")
        took.append(time.monotonic() - begun)

    # Start of Python, start of the server, the question, stop of the server: about half a second on two idle cores. A
    # busy machine takes many times as long for one of them, and not for each.
    assert min(took) < 5
    assert not list(data.glob("postgres/*/postmaster.pid"))


def test_embedded_commands_at_once_share_the_server_and_set_it_up_once(data: Path) -> None:
    cli = Cli(data=data)
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda n: cli.json("user", "create", f"user-{n}", "--credits", n), range(4)))

    assert sorted((user["name"], user["credits"]) for user in made) == [(f"user-{n}", n) for n in range(4)]
    assert len(cli.json("user", "list")) == 4
    assert not list(data.glob("postgres/*/postmaster.pid"))


def test_the_data_folder_is_understood_before_and_after_the_command(data: Path) -> None:
    Cli(data=data).json("user", "create", "ann")
    before = Cli().run("--data", data, "user", "list", "--json")
    by_setting = Cli(DARKROOM_DATA=str(data)).run("user", "list", "--json")
    nearest = Cli(data=data).run("--data", "/nowhere", "user", "list", "--json")

    assert before.stdout == by_setting.stdout == nearest.stdout != ""
