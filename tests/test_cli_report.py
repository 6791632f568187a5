"""`darkroom report`: the views of schema report on the command line, in a role that can only read them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.conninfo import make_conninfo

from tests.cli import Cli
from tests.sql.engine import INK, act_as, call, create, move_clock, new_user, rows, value, work_off

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Connection

PROMPT = 'a "cat", at\ndawn'


@pytest.fixture
def cli(database: str) -> Cli:
    return Cli(database)


def in_csv(cli: Cli, *args: object) -> list[dict[str, str]]:
    done = cli.run("report", *args, "--csv")
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_it_lists_every_view_and_shows_each(cli: Cli, db: Connection) -> None:
    there = {row["name"] for row in rows(db, "select viewname as name from pg_views where schemaname = 'report'")}
    listed = cli.json("report")

    assert {view["name"] for view in listed} == there
    assert all(view["shows"] and view["columns"] for view in listed)
    assert there <= set(cli.run("report").stdout.split())
    create(db, new_user(db))
    work_off(db)
    for view in listed:
        shown = cli.json("report", view["name"].replace("_", "-"))
        assert all(list(row) == view["columns"] for row in shown)
        assert view["name"] in {"batches", "batch_items", "provider_tokens"} or shown


def test_a_row_says_the_same_in_every_form(cli: Cli, db: Connection) -> None:
    create(db, new_user(db), PROMPT)
    work_off(db)

    (image,) = cli.json("report", "images")
    (same,) = in_csv(cli, "images")
    assert (image["prompt"], image["favourite"], image["batch_id"]) == (PROMPT, False, None)
    assert (same["prompt"], same["favourite"], same["batch_id"]) == (PROMPT, "false", "")
    assert image["created_at"] == same["created_at"]
    assert image["created_at"].endswith("Z")
    shown = cli.run("report", "images").stdout
    assert image["id"] in shown
    assert "PROMPT" in shown


def test_a_row_that_is_too_wide_for_a_table_is_a_block(cli: Cli, db: Connection) -> None:
    made = create(db, new_user(db), "a lighthouse " * 100)["id"]
    work_off(db)

    shown = cli.run("report", "images").stdout

    assert f"generation_id    {made}" in shown
    assert "PROMPT" not in shown


def test_rows_are_chosen_by_user_batch_and_time_newest_first(cli: Cli, db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    create(db, ann)
    act_as(db, bob)
    batch = call(db, "create_batch", {"items": [{"prompt": "a dog"}], "models": [INK]})["batch"]["id"]
    move_clock(db, 2 * 24 * 3600)
    later = create(db, ann)["id"]
    work_off(db)

    def prompts(*args: object) -> list[Any]:
        return [row["generation_id"] for row in cli.json("report", "jobs", *args)]

    assert len(prompts()) == 3
    assert prompts()[0] == later
    assert len(prompts("--user", "ann")) == len(prompts("--user", ann)) == 2
    assert [row["batch_id"] for row in cli.json("report", "jobs", "--batch", batch)] == [batch]
    tomorrow = value(db, "select (now() + interval '1 day')::text")
    assert prompts("--since", tomorrow) == [later]
    assert len(prompts("--until", tomorrow)) == 2
    assert prompts("--since", tomorrow, "--user", "bob") == []
    assert sum(row["jobs"] for row in cli.json("report", "daily-usage", "--since", tomorrow)) == 3

    cut = cli.run("report", "jobs", "--limit", 1, "--csv")
    assert len(cut.stdout.splitlines()) == 2
    assert "--limit" in cut.stderr
    assert cli.run("report", "jobs", "--limit", 3).stderr == ""


def test_sql_answers_what_it_is_asked(cli: Cli, db: Connection) -> None:
    create(db, new_user(db), quantity=2)
    work_off(db)

    assert cli.json("report", "sql", "select model, count(*), count(*) from images group by 1") == [
        {"model": INK, "count": 2, "count_2": 2}
    ]
    odd = """select 'NaN'::numeric as n, '1 day'::interval as i, array[1, 2] as a, '{"x": 1}'::jsonb as j, null as o"""
    assert cli.json("report", "sql", odd) == [
        {"n": "NaN", "i": "1 day, 0:00:00", "a": [1, 2], "j": {"x": 1}, "o": None}
    ]
    assert in_csv(cli, "sql", odd)[0]["j"] == '{"x": 1}'


@pytest.mark.parametrize(
    ("statement", "code", "said"),
    [
        ("select nothing", 1, "nothing"),
        ("select 1; select 2", 1, "multiple"),
        ("select 1/0", 1, "zero"),
        ("set work_mem = '1MB'", 1, "no rows"),
        ("create temp table t ()", 1, "read-only"),
        ("delete from report.models returning 1", 3, "permission denied"),
        ("select * from darkroom.users", 3, "permission denied"),
    ],
)
def test_what_a_report_may_not_is_refused_in_a_sentence(cli: Cli, statement: str, code: int, said: str) -> None:
    done = cli.run("report", "sql", statement)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_it_is_the_reader_with_the_readers_limits(cli: Cli) -> None:
    assert cli.json(
        "report", "sql",
        "select current_user::text as who, current_setting('statement_timeout') as timeout,"
        " current_setting('transaction_read_only') as read_only, current_setting('search_path') as path",
    ) == [{"who": "darkroom_report", "timeout": "1min", "read_only": "on", "path": "report"}]  # fmt: skip


def test_whoever_signs_in_as_a_reader_needs_no_more(database: str, db: Connection) -> None:
    ann = new_user(db, "ann")
    create(db, ann)
    reader = Cli(make_conninfo(database, options="-c role=darkroom_report"))

    assert len(reader.json("report", "jobs", "--user", ann)) == 1
    assert reader.run("report", "jobs", "--user", "ann").returncode == 3


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["imges"], 2, "images"),
        (["models", "--user", "01999999-0000-7000-8000-000000000001"], 2, "user_id"),
        (["images", "--user", "nobody"], 3, "nobody"),
        (["images", "--since", "someday"], 1, "someday"),
        (["images", "--csv", "--json"], 2, "--csv"),
        (["images", "select 1"], 2, "sql"),
        (["sql"], 2, "statement"),
        (["sql", "select 1", "--since", "yesterday"], 2, "statement"),
    ],
)
def test_what_cannot_be_asked_is_said(cli: Cli, args: list[str], code: int, said: str) -> None:
    done = cli.run("report", *args)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_a_database_without_the_views_is_named_and_an_instance_that_is_not_there_is_not_made(
    empty_database: str, tmp_path: Path
) -> None:
    bare = Cli(empty_database).run("report")
    assert bare.returncode == 5
    assert "darkroom migrate" in bare.stderr

    none = Cli(data=tmp_path / "none").run("report")
    assert none.returncode == 4
    assert "darkroom up" in none.stderr
    assert not (tmp_path / "none").exists()
