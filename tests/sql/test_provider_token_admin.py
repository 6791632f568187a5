"""Operators add, watch, switch and remove provider tokens; secrets go in encrypted and come out only with a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

from tests.sql.engine import (
    BANANA,
    add_token,
    call,
    claim,
    complete,
    create,
    fail,
    move_clock,
    new_user,
    row,
    rows,
    value,
)
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection

SECRET = "v1:key:c2VhbGVk"
NOBODY = uuid4()

REFUSALS: dict[str, tuple[str, list[Any], str, str]] = {
    "no provider": ("add_provider_token", [None, "", SECRET], "DR422", "/provider"),
    "a provider in capitals": ("add_provider_token", ["OpenRouter", "", SECRET], "DR422", "/provider"),
    "a long label": ("add_provider_token", ["fal", "x" * 101, SECRET], "DR422", "/label"),
    "a secret in clear": ("add_provider_token", ["fal", "", "sk-clear"], "DR422", "/secret"),
    "no secret": ("add_provider_token", ["fal", "", None], "DR422", "/secret"),
    "an endless secret": ("add_provider_token", ["fal", "", "v1:key:" + "x" * 20000], "DR422", "/secret"),
    "no calls": ("add_provider_token", ["fal", "", SECRET, 0], "DR422", "/max_in_flight"),
    "too many calls": ("add_provider_token", ["fal", "", SECRET, 1001], "DR422", "/max_in_flight"),
    "an unknown token": ("set_provider_token_active", [NOBODY, True], "DR404", ""),
    "neither on nor off": ("set_provider_token_active", ["TOKEN", None], "DR422", "/active"),
    "a removed token": ("set_provider_token_active", ["REMOVED", True], "DR409", ""),
    "removing nothing": ("remove_provider_token", [NOBODY], "DR404", ""),
    "removing null": ("remove_provider_token", [None], "DR404", ""),
    "replacing in clear": ("replace_provider_secret", ["TOKEN", SECRET, "sk-clear"], "DR422", "/secret"),
    "replacing another": ("replace_provider_secret", ["TOKEN", "v1:key:other", SECRET], "DR409", ""),
    "replacing for a removed one": ("replace_provider_secret", ["REMOVED", SECRET, SECRET], "DR409", ""),
}


def state(db: Connection, token: UUID) -> dict[str, Any]:
    (found,) = [t for t in rows(db, "select * from darkroom.list_provider_tokens()") if t["id"] == token]
    return found


def test_a_token_is_added_with_a_slot_for_each_call(db: Connection) -> None:
    token = row(db, "select * from darkroom.add_provider_token('fal', ' main ', %s, 3)", SECRET)

    assert (token["provider"], token["label"], token["state"], token["max_in_flight"]) == ("fal", "main", "ready", 3)
    assert "secret" not in token
    assert value(db, "select count(*) from darkroom.token_slots where token_id = %s", token["id"]) == 3
    assert value(db, "select max_in_flight from darkroom.add_provider_token('fal', null, %s)", SECRET) == 1


@pytest.mark.parametrize("case", REFUSALS)
def test_bad_input_is_refused_and_changes_nothing(db: Connection, case: str) -> None:
    function, args, sqlstate, pointer = REFUSALS[case]
    known = {"TOKEN": add_token(db, "fal"), "REMOVED": add_token(db, "fal")}
    db.execute("update darkroom.provider_tokens set secret = %s where id = %s", (SECRET, known["TOKEN"]))
    call(db, "remove_provider_token", known["REMOVED"])
    before = rows(db, "select * from darkroom.provider_tokens order by id")

    with pytest.raises(psycopg.Error) as refusal:
        call(db, function, *[known.get(arg, arg) if isinstance(arg, str) else arg for arg in args])

    diag = refusal.value.diag
    assert (diag.sqlstate, diag.column_name or "") == (sqlstate, pointer)
    assert diag.message_hint
    assert "sk-clear" not in f"{diag.message_primary}{diag.message_hint}{diag.message_detail}"
    assert rows(db, "select * from darkroom.provider_tokens order by id") == before


def test_the_list_tells_how_each_token_fares(db: Connection) -> None:
    user = new_user(db)
    token = add_token(db, "openrouter", calls=2)
    create(db, user, models=[BANANA], quantity=4)
    assert state(db, token)["state"] == "ready"

    (first,) = claim(db, 1)
    assert (state(db, token)["state"], state(db, token)["in_flight"]) == ("ready", 1)
    (second,) = claim(db, 5)
    assert (state(db, token)["state"], state(db, token)["in_flight"]) == ("in use", 2)

    complete(db, first)
    assert fail(db, second, "rate_limited", "slow down", "60 s") in {"accepted", "retrying"}
    cooling = state(db, token)
    assert (cooling["state"], cooling["in_flight"], cooling["requests"], cooling["errors"]) == ("cooling", 0, 2, 1)
    assert (cooling["consecutive_errors"], cooling["last_error"]) == (1, "slow down")
    assert cooling["last_used_at"] is not None

    move_clock(db, 61)
    assert state(db, token)["state"] == "ready"
    (third,) = claim(db, 1)
    fail(db, third, "token_rejected", "no such key")
    assert state(db, token)["state"] == "off"

    call(db, "remove_provider_token", token)
    assert state(db, token)["state"] == "removed"


def test_switching_on_forgives_and_lets_the_waiting_go(db: Connection, connect: Connect) -> None:
    user = new_user(db)
    token = add_token(db, "openrouter")
    create(db, user, models=[BANANA])
    call(db, "set_provider_token_active", token, False)
    assert claim(db) == []
    db.execute("update darkroom.provider_tokens set consecutive_errors = 5, cooldown_until = now() + interval '1 day'")
    listener = connect()
    listener.execute("listen darkroom_jobs")
    db.execute("select darkroom.sleep_until('{openrouter}', now() + interval '10 minutes')")

    answer = row(db, "select * from darkroom.set_provider_token_active(%s, true)", token)

    assert (answer["state"], answer["consecutive_errors"]) == ("ready", 0)
    assert len(list(listener.notifies(timeout=WAIT_SECONDS_MAX, stop_after=1))) == 1
    assert len(claim(db)) == 1


def test_a_new_token_wakes_the_workers_of_its_provider(db: Connection, connect: Connect) -> None:
    listener = connect()
    listener.execute("listen darkroom_jobs")
    db.execute("select darkroom.sleep_until('{openrouter}', now() + interval '10 minutes')")

    add_token(db, "openrouter")

    assert len(list(listener.notifies(timeout=WAIT_SECONDS_MAX, stop_after=1))) == 1


def test_removing_wipes_the_secret_and_lets_the_call_under_way_end(db: Connection) -> None:
    user = new_user(db)
    token = add_token(db, "openrouter")
    create(db, user, models=[BANANA], quantity=2)
    (job,) = claim(db)

    first = row(db, "select * from darkroom.remove_provider_token(%s)", token)

    assert first["in_flight"] == 1
    stored = row(db, "select secret, active, removed_at from darkroom.provider_tokens where id = %s", token)
    assert (stored["secret"], stored["active"]) == (None, False)
    assert complete(db, job) == ["accepted"]
    assert claim(db) == []
    assert row(db, "select * from darkroom.remove_provider_token(%s)", token)["removed_at"] == first["removed_at"]


def test_a_secret_is_replaced_only_by_who_has_seen_the_last_one(db: Connection) -> None:
    token = value(db, "select id from darkroom.add_provider_token('fal', '', %s)", SECRET)

    call(db, "replace_provider_secret", token, SECRET, "v1:new:c2VhbGVk")

    assert rows(db, "select id, secret from darkroom.encrypted_provider_secrets()") == [
        {"id": token, "secret": "v1:new:c2VhbGVk"}
    ]
    with pytest.raises(psycopg.Error) as refusal:
        call(db, "replace_provider_secret", token, SECRET, "v1:late:c2VhbGVk")
    assert refusal.value.sqlstate == "DR409"


def test_only_operators_manage_tokens(db: Connection, connect: Connect) -> None:
    token = add_token(db, "fal")
    assert len(rows(connect(role="darkroom_operator"), "select * from darkroom.list_provider_tokens()")) == 1
    for role in ("darkroom_api", "darkroom_worker", "darkroom_report"):
        conn = connect(role=role)
        for query in (
            "select * from darkroom.list_provider_tokens()",
            "select * from darkroom.encrypted_provider_secrets()",
            "select secret from darkroom.provider_tokens",
            "select * from darkroom.provider_token_state",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                rows(conn, query)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            call(conn, "remove_provider_token", token)


def test_another_limit_does_not_wait_for_a_slot_that_is_being_given_back(db: Connection, connect: Connect) -> None:
    """It holds the token, for which the worker who gives back the slot may be waiting: they would wait in a circle."""
    token = add_token(db, "sketch", calls=2)
    create(db, new_user(db))
    job = claim(db)[0]
    worker = connect(autocommit=False)
    assert complete(worker, job) == ["accepted"]
    db.execute("set lock_timeout = '2s'")
    db.execute("update darkroom.provider_tokens set max_in_flight = 3 where id = %s", (token,))
    worker.commit()
    assert rows(db, "select slot from darkroom.token_slots order by slot") == [{"slot": n} for n in (1, 2, 3)]
