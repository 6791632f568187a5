"""The operator's commands on a real database: what they answer, what they change, and how they end."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.cli import KEY, Cli
from tests.sql.engine import row, rows, value

if TYPE_CHECKING:
    from tests.conftest import Connection

NOBODY = str(uuid4())

REFUSED: dict[str, list[str]] = {
    "a name that is taken": ["user", "create", "ann"],
    "a blank name": ["user", "create", " "],
    "negative credits": ["user", "create", "bob", "--credits", "-1"],
    "an unknown user": ["user", "grant", "nobody", "5", "--reference", "r"],
    "a grant of nothing": ["user", "grant", "ann", "0", "--reference", "r"],
    "more than there is": ["user", "grant", "ann", "-101", "--reference", "r"],
    "a blank reference": ["user", "grant", "ann", "5", "--reference", " "],
    "disabling nobody": ["user", "disable", NOBODY],
    "a limit out of range": ["user", "limit", "ann", "--max-priority", "11"],
    "a key for nobody": ["key", "create", "nobody"],
    "keys of nobody": ["key", "list", "nobody"],
    "an unknown key": ["key", "revoke", NOBODY],
    "an unknown token": ["token", "enable", NOBODY],
    "removing an unknown token": ["token", "remove", NOBODY],
    "a provider in capitals": ["token", "add", "FAL"],
    "no calls at once": ["token", "add", "fal", "--max-in-flight", "0"],
    "a new model without a provider": ["model", "set", "fal/new", "--name", "New"],
    "a price out of range": ["model", "set", "sketch/ink", "--credits", "-1"],
    "a ratio in words": ["model", "set", "sketch/ink", "--aspect-ratios", "square"],
    "an inactive default": ["model", "set", "sketch/watercolor", "--inactive"],
}

MISSPELT: dict[str, list[str]] = {
    "no name": ["user", "create"],
    "an unknown command": ["user", "destroy", "ann"],
    "an unknown option": ["user", "create", "bob", "--money", "5"],
    "credits in words": ["user", "create", "bob", "--credits", "many"],
    "credits beyond counting": ["user", "create", "bob", "--credits", "9" * 30],
    "no reference": ["user", "grant", "ann", "5"],
    "an amount in words": ["user", "grant", "ann", "five", "--reference", "r"],
    "no limit": ["user", "limit", "ann"],
    "a quota in words": ["user", "limit", "ann", "--storage-quota", "much"],
    "a key's label for its id": ["key", "revoke", "laptop"],
    "a token's label for its id": ["token", "disable", "main"],
    "nothing to set": ["model", "set", "sketch/ink"],
    "options that are no JSON": ["model", "set", "sketch/ink", "--options", "{"],
    "a purpose that is none": ["model", "set", "sketch/ink", "--capability", "video"],
    "a variable that is not set": ["token", "add", "fal", "--from-env", "NO_SUCH_VARIABLE"],
    "no secret at all": ["token", "add", "fal"],
}


@pytest.fixture
def cli(database: str) -> Cli:
    return Cli(database, DARKROOM_SECRET_KEYS=KEY)


@pytest.fixture
def ann(db: Connection) -> UUID:
    found: UUID = value(db, "select id from darkroom.create_user('ann', 100)")
    return found


def everything(db: Connection) -> list[Any]:
    tables = ("users", "api_keys", "credit_entries", "events", "provider_tokens", "models")
    return [rows(db, f"select t::text from darkroom.{table} as t order by 1") for table in tables]


def test_a_created_user_has_its_credits_and_a_key_that_works(cli: Cli, db: Connection) -> None:
    user = cli.json("user", "create", "ann", "--credits", 100)

    assert list(user) == ["id", "name", "credits", "api_key"]
    assert (user["name"], user["credits"]) == ("ann", 100)
    sha256 = hashlib.sha256(user["api_key"].encode()).digest()
    assert str(value(db, "select user_id from darkroom.user_for_key(%s)", sha256)) == user["id"]
    assert user["api_key"] not in cli.run("key", "list").stdout
    (listed,) = cli.json("user", "list")
    assert {name: listed[name] for name in ("id", "name", "credits", "api_keys")} == {
        "id": user["id"],
        "name": "ann",
        "credits": 100,
        "api_keys": 1,
    }


def test_a_grant_takes_name_or_id_and_counts_once(cli: Cli, db: Connection, ann: UUID) -> None:
    first = cli.json("user", "grant", "ann", 50, "--reference", "pay-1")

    assert cli.json("user", "grant", ann, 50, "--reference", "pay-1") == first
    assert (first["user"], first["amount"], first["reference"], first["credits"]) == ("ann", 50, "pay-1", 150)
    assert cli.run("user", "grant", "ann", 51, "--reference", "pay-1").returncode == 3
    assert cli.json("user", "grant", "ann", -30, "--reference", "fix-1")["credits"] == 120
    assert value(db, "select credits from darkroom.users") == 120


def test_users_are_disabled_enabled_and_limited(cli: Cli, ann: UUID) -> None:
    assert cli.json("user", "disable", "ann")["disabled_at"] is not None
    assert cli.json("user", "enable", ann)["disabled_at"] is None
    limited = cli.json("user", "limit", "ann", "--max-priority", 3, "--storage-quota", 1000, "--operator")
    assert (limited["max_priority"], limited["storage_quota"], limited["operator"]) == (3, 1000, True)
    assert cli.json("user", "limit", "ann", "--storage-quota", "none")["storage_quota"] is None


def test_keys_are_made_listed_and_revoked(cli: Cli, db: Connection, ann: UUID) -> None:
    key = cli.json("key", "create", "ann", "--label", "laptop")

    assert list(key) == ["id", "api_key"]
    (listed,) = cli.json("key", "list", ann)
    assert (listed["id"], listed["label"], listed["last_four"]) == (key["id"], "laptop", key["api_key"][-4:])
    assert cli.json("key", "revoke", key["id"])["revoked_at"] is not None
    assert rows(db, "select * from darkroom.user_for_key(%s)", hashlib.sha256(key["api_key"].encode()).digest()) == []


def test_models_are_added_changed_and_listed(cli: Cli, db: Connection) -> None:
    added = cli.json(
        "model", "set", "fal/new", "--provider", "fal", "--credits", 3, "--can-edit", "--max-references", 2,
        "--aspect-ratios", "16:9, 1:1", "--options", '{"steps": {"type": "integer"}}', "--default",
    )  # fmt: skip

    assert (added["credits_per_call"], added["can_edit"], added["default"]) == (3, True, True)
    assert added["aspect_ratios"] == ["16:9", "1:1"]
    listed = {model["id"]: model for model in cli.json("model", "list")}
    assert listed["fal/new"]["default"] is True
    assert listed["sketch/watercolor"]["default"] is False
    assert cli.json("model", "set", "sketch/watercolor", "--inactive", "--average-seconds", 1.5)["active"] is False
    stored = row(db, "select average_seconds::float from darkroom.models where id = 'sketch/watercolor'")
    assert stored == {"average_seconds": 1.5}


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("case", REFUSED)
def test_what_a_rule_refuses_ends_with_3_and_changes_nothing(cli: Cli, db: Connection, case: str) -> None:
    before = everything(db)

    done = cli.run(*REFUSED[case], stdin="sk-secret")

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("darkroom: ")
    assert done.stderr.count("\n") == 1
    assert everything(db) == before


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("case", MISSPELT)
def test_a_misspelt_command_ends_with_2_and_changes_nothing(cli: Cli, db: Connection, case: str) -> None:
    before = everything(db)

    done = cli.run(*MISSPELT[case])

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert everything(db) == before


def test_a_database_that_is_not_there_ends_with_4(database: str) -> None:
    for command in (["user", "list"], ["user", "create", "ann"], ["token", "list"], ["doctor"]):
        done = Cli("host=/nowhere dbname=x").run(*command)
        assert done.returncode == 4, command
        assert "/nowhere" in done.stderr + done.stdout
    assert Cli(make_conninfo(database, dbname="no_such_database")).run("user", "list").returncode == 4


def test_a_schema_of_another_version_ends_with_5(cli: Cli, db: Connection, empty_database: str) -> None:
    db.execute("update darkroom.schema_code set bundle_hash = 'another'")
    for reached in (cli, Cli(empty_database)):
        for command in (["user", "create", "ann"], ["model", "list"], ["doctor"]):
            done = reached.run(*command)
            assert done.returncode == 5, done.stderr
            assert "darkroom migrate" in done.stderr + done.stdout
    assert rows(db, "select * from darkroom.users") == []


def test_a_user_held_by_a_forgotten_transaction_is_given_up_on(cli: Cli, connect: Any, ann: UUID) -> None:
    connect(autocommit=False).execute("select darkroom.lock_users(array[%s])", (ann,))
    assert cli.run("user", "disable", "ann").returncode == 4


def test_the_role_of_operators_is_enough(database: str) -> None:
    cli = Cli(make_conninfo(database, options="-c role=darkroom_operator"), DARKROOM_SECRET_KEYS=KEY)

    user = cli.json("user", "create", "ann", "--credits", 5)
    cli.json("user", "grant", "ann", 5, "--reference", "r")
    key = cli.json("key", "create", user["id"])
    cli.json("key", "revoke", key["id"])
    token = cli.json("token", "add", "openrouter", stdin="sk-secret")
    cli.json("token", "disable", token["id"])
    cli.json("rotate-secrets")
    cli.json("model", "set", "sketch/ink", "--credits", 2)
    assert cli.run("doctor").returncode in {0, 1}
    for group in ("user", "key", "token", "model"):
        assert cli.json(group, "list")

    other = Cli(make_conninfo(database, options="-c role=darkroom_worker"))
    assert other.run("user", "list").returncode == 3


def test_tables_for_people_show_what_the_json_says(cli: Cli, db: Connection) -> None:
    for group in ("user", "key", "token"):
        empty = cli.run(group, "list")
        assert (empty.returncode, empty.stderr) == (0, "")
        assert empty.stdout.startswith("There are no")
    user = cli.json("user", "create", "[bold]ann[/bold]", "--credits", 1234)
    cli.json("token", "add", "openrouter", "--label", "main", stdin="sk-secret")
    db.execute("update darkroom.provider_tokens set last_error = %s", ("no \x1b[31mway\x07\n",))

    assert all(text in cli.run("user", "list").stdout for text in ("[bold]ann[/bold]", user["id"], "1234"))
    assert "first key" in cli.run("key", "list").stdout
    tokens = cli.run("token", "list").stdout
    assert "ready" in tokens
    assert "\x1b" not in tokens
    assert "\x07" not in tokens
    assert "sketch/watercolor" in cli.run("model", "list").stdout
    created = cli.run("user", "create", "bob")
    assert "dk_" in created.stdout
    assert "not shown again" in created.stderr


def test_an_unset_variable_of_the_environment_is_named_and_others_are_refused(database: str) -> None:
    done = Cli(database, DARKROOM_SECRET_KEYS="short").run("user", "list")
    assert done.returncode == 2
    assert "DARKROOM_SECRET_KEYS" in done.stderr
    assert json.dumps("short") not in done.stderr


def test_refusals_of_psycopg_are_ours(database: str) -> None:
    with psycopg.connect(database) as conn, pytest.raises(psycopg.Error) as refusal:
        conn.execute("select darkroom.find_user('nobody')")
    done = Cli(database).run("user", "disable", "nobody")
    assert str(refusal.value.diag.message_primary) in done.stderr
