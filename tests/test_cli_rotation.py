"""`darkroom rotate-secrets`: every secret under the newest key, whoever works, interferes or is killed meanwhile."""

from __future__ import annotations

import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from darkroom.secrets import KEYS_FILE, SecretBox, new_secret_key
from tests.cli import COMMAND, KEY, SECONDS_MAX, Cli, environment
from tests.servers import scratch_folder
from tests.sql.engine import BANANA, claim, create, fail, new_user, rows, value
from tests.support import wait_until

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection

SECRET = "sk-or-v1-c0ffee5ec2e7"
NEW = new_secret_key()
OLD_ID, NEW_ID = (SecretBox((key,)).key_ids[0] for key in (KEY, NEW))
WAITING = "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%replace_provider_secret%'"


@pytest.fixture
def old(database: str) -> Cli:
    return Cli(database, DARKROOM_SECRET_KEYS=KEY)


@pytest.fixture
def both(database: str) -> Cli:
    return Cli(database, DARKROOM_SECRET_KEYS=f"{NEW},{KEY}")


def add(cli: Cli, *providers: str) -> list[str]:
    return [cli.json("token", "add", provider, "--label", "main", stdin=SECRET)["id"] for provider in providers]


def keys(db: Connection) -> list[str]:
    """Of each secret, the id of its key, in the order in which they are rotated."""
    stored = rows(db, "select secret from darkroom.provider_tokens where secret is not null order by id")
    return [row["secret"].split(":")[1] for row in stored]


def test_every_secret_is_under_the_new_key_and_the_old_one_can_go(old: Cli, both: Cli, db: Connection) -> None:
    add(old, "openrouter", "fal")

    assert both.json("rotate-secrets") == {"rotated": 2, "current": 0, "unreadable": [], "removable": [OLD_ID]}
    assert both.json("rotate-secrets") == {"rotated": 0, "current": 2, "unreadable": [], "removable": [OLD_ID]}
    assert both.run("rotate-secrets").stdout.splitlines() == [
        "Encrypted anew with the first key: 0. With it before: 2. Unreadable: 0.",
        f"No token needs key 2 of DARKROOM_SECRET_KEYS (id {OLD_ID}) any more: it can go.",
    ]
    for token in rows(db, "select provider, secret from darkroom.provider_tokens"):
        assert SecretBox((NEW,)).decrypt(token["provider"], token["secret"]) == SECRET


def test_a_secret_that_cannot_be_read_is_named_and_the_others_are_rotated(old: Cli, both: Cli, db: Connection) -> None:
    lost, moved, fine = add(old, "openrouter", "replicate", "fal")
    strange = SecretBox((new_secret_key(),)).encrypt("openrouter", SECRET)
    db.execute("update darkroom.provider_tokens set secret = %s where id = %s", (strange, lost))
    db.execute("update darkroom.provider_tokens set provider = 'openai' where id = %s", (moved,))

    done = both.run("rotate-secrets", "--json")

    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["rotated"], answer["current"], answer["removable"]) == (1, 0, [])
    assert [(token["id"], token["label"]) for token in answer["unreadable"]] == [(lost, "main"), (moved, "main")]
    assert lost in done.stderr
    assert moved in done.stderr
    assert fine not in done.stderr
    assert keys(db)[2] == NEW_ID
    for text in (SECRET, strange, KEY, NEW):
        assert text not in done.stdout + done.stderr


def test_killed_half_way_it_goes_on_when_it_is_run_again(old: Cli, both: Cli, db: Connection, connect: Connect) -> None:
    first, second = sorted(add(old, "openrouter", "fal"))
    create(db, new_user(db), models=[BANANA])
    (job,) = claim(db)
    holder = connect(autocommit=False)
    holder.execute("select from darkroom.provider_tokens where id = %s for update", (second,))
    with subprocess.Popen([*COMMAND, "rotate-secrets"], env=environment(**both.settings)) as rotating:
        wait_until(lambda: bool(rows(db, WAITING)), "the second token to be waited for")
        # What is done is kept, and a worker that has to write to the first token does not wait.
        assert keys(db) == [NEW_ID, OLD_ID]
        db.execute("set lock_timeout = '1s'")
        assert fail(db, job, "transient") == "accepted"
        rotating.send_signal(signal.SIGKILL)
        rotating.wait(SECONDS_MAX)
    holder.rollback()
    wait_until(lambda: not rows(db, WAITING), "the killed one's session to end")

    assert set(keys(db)) <= {NEW_ID, OLD_ID}
    left = keys(db).count(OLD_ID)
    assert both.json("rotate-secrets")["rotated"] == left
    assert keys(db) == [NEW_ID, NEW_ID]
    assert first < second


def test_two_at_once_rotate_each_secret_once(old: Cli, both: Cli, db: Connection) -> None:
    add(old, *["openrouter"] * 4)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: both.json("rotate-secrets"), range(2)))

    assert sum(answer["rotated"] for answer in answers) == 4
    assert [answer["removable"] for answer in answers] == [[OLD_ID], [OLD_ID]]
    assert keys(db) == [NEW_ID] * 4


def test_a_token_that_is_removed_meanwhile_is_passed_over(
    old: Cli, both: Cli, db: Connection, connect: Connect
) -> None:
    _, second = sorted(add(old, "openrouter", "fal"))
    remover = connect(autocommit=False)
    remover.execute("select darkroom.remove_provider_token(%s)", (second,))
    with subprocess.Popen(
        [*COMMAND, "rotate-secrets", "--json"], env=environment(**both.settings), stdout=subprocess.PIPE, text=True
    ) as rotating:
        wait_until(lambda: bool(rows(db, WAITING)), "the removed token to be waited for")
        remover.commit()
        said, _ = rotating.communicate(timeout=SECONDS_MAX)

    assert rotating.returncode == 0
    assert json.loads(said) == {"rotated": 1, "current": 0, "unreadable": [], "removable": [OLD_ID]}


def test_an_instances_own_key_can_go_after_it_and_without_tokens_there_is_nothing_to_do() -> None:
    with scratch_folder() as folder:
        assert Cli(data=folder / "none").run("rotate-secrets").returncode == 4
        own = Cli(data=folder)
        add(own, "openrouter")
        moved = Cli(data=folder, DARKROOM_SECRET_KEYS=NEW)

        assert f"the key in {folder / KEYS_FILE}" in moved.run("rotate-secrets").stdout
        (folder / KEYS_FILE).unlink()
        assert moved.json("doctor")["checks"]["secrets"] is True


def test_without_tokens_or_keys_there_is_nothing_to_do(database: str, db: Connection) -> None:
    assert Cli(database).json("rotate-secrets") == {"rotated": 0, "current": 0, "unreadable": [], "removable": []}
    assert value(db, "select count(*) from darkroom.provider_tokens") == 0
