"""Ten tokens are ten calls at once over all workers; one that fails is set aside, and no job pays for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sql.engine import balance, create, invariants, new_user, row, rows, value
from tests.support import wait_until
from tests.worker.processes import add_key, add_model
from tests.worker.test_crashes import keys
from tests.worker.test_loop import statuses, wait_for_all

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection
    from tests.worker.processes import Crew
    from tests.worker.provider_server import ProviderServer

TOKENS, WORKERS, JOBS = 10, 3, 50


def ask(db: Connection, provider: str, images: int) -> UUID:
    """Five users ask for so many images together; answers one of them."""
    model = add_model(db, provider)
    users = [new_user(db, f"user {n}") for n in range(5)]
    for user in users:
        for _ in range(images // 5 // 5):
            create(db, user, models=[model], quantity=5)
    return users[0]


def uses(providers: ProviderServer, provider: str) -> dict[str, int]:
    told = providers.told()["seen"]
    return {s["token"]: s["times"] for s in told if (s["provider"], s["step"]) == (provider, "create")}


@pytest.mark.parametrize("provider", ["replicate", "openai"])
def test_ten_tokens_are_ten_calls(db: Connection, workers: Crew, providers: ProviderServer, provider: str) -> None:
    providers.desk.seconds = 0.5
    if provider == "openai":
        providers.fault("openai", "slow", times=None, seconds=0.5)
    for n in range(TOKENS):
        add_key(db, provider, f"key-{n}")
    for _ in range(WORKERS):
        workers.start("--concurrency", 20)
    ask(db, provider, JOBS)
    wait_for_all(db)

    most = providers.told()["most_at_once"]
    assert most.pop("all") == TOKENS, "never more, and all of them"
    assert set(most.values()) == {1}
    times = uses(providers, provider)
    assert sum(times.values()) == JOBS
    assert len(times) == TOKENS
    assert max(times.values()) <= 3 * JOBS / TOKENS, "a worker may stand still for a moment, and others go on"
    assert statuses(db) == {"completed": JOBS}
    assert rows(db, "select 1 from darkroom.token_slots where job_id is not null") == []
    assert workers.kept() == keys(db)
    invariants(db)


def test_a_token_that_is_refused_is_switched_off_and_no_job_fails(
    db: Connection, workers: Crew, providers: ProviderServer
) -> None:
    bad = add_key(db, "replicate", "key-bad")
    add_key(db, "replicate", "key-good", calls=2)
    providers.fault("replicate", "unauthorized", token="key-bad", times=None)
    workers.start()
    user = ask(db, "replicate", 25)
    wait_for_all(db)

    assert statuses(db) == {"completed": 25}
    assert balance(db, user) == 995
    assert uses(providers, "replicate")["key-bad"] == 1
    token = row(db, "select active, error_count, last_error from darkroom.provider_tokens where id = %s", bad)
    assert (token["active"], token["error_count"]) == (False, 1)
    assert token["last_error"]
    assert value(db, "select max(attempt) from darkroom.jobs") == 1, "that call was not counted"


def test_a_token_that_is_limited_cools_down_and_others_take_over(
    db: Connection, workers: Crew, providers: ProviderServer
) -> None:
    limited = add_key(db, "openai", "key-limited")
    add_key(db, "openai", "key-good")
    providers.fault("openai", "limited", token="key-limited", times=1)  # for 7 s, it says
    providers.fault("openai", "slow", times=None, seconds=0.1)
    workers.start()
    ask(db, "openai", 25)
    wait_until(lambda: value(db, "select max(setbacks) from darkroom.jobs") == 1, "the setback to be known")
    token = row(
        db, "select active, cooldown_until - last_error_at as rest from darkroom.provider_tokens where id = %s", limited
    )
    assert token["active"]
    assert 6 < token["rest"].total_seconds() < 8
    done = value(db, "select count(*) from darkroom.jobs where status = 'completed'")
    wait_until(
        lambda: value(db, "select count(*) from darkroom.jobs where status = 'completed'") > done + 1,
        "others to take over",
    )
    assert uses(providers, "openai")["key-limited"] == 1
    wait_for_all(db)
    assert statuses(db) == {"completed": 25}
    assert value(db, "select max(attempt) from darkroom.jobs") == 1


def test_without_the_key_that_opens_them_tokens_rest_and_jobs_wait(
    db: Connection, workers: Crew, providers: ProviderServer
) -> None:
    token = add_key(db, "replicate", "key-1")
    user = new_user(db)
    blind = workers.start(DARKROOM_SECRET_KEYS="")
    create(db, user, models=[add_model(db, "replicate")])
    create(db, user)
    wait_until(lambda: value(db, "select count(*) from darkroom.images") == 1, "the sketch")
    assert blind.says("DARKROOM_SECRET_KEYS opens no token")
    assert value(db, "select active from darkroom.provider_tokens where id = %s", token)
    assert providers.seen("replicate") == []
    assert value(db, "select max(setbacks) from darkroom.jobs") == 0
    workers.start()
    wait_for_all(db)
    assert statuses(db) == {"completed": 2}
