"""A grant is in the ledger, in the balance and in the events, once per reference, whoever repeats it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

from tests.sql.engine import balance, call, events, invariants, new_user, row, rows, value

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection

AT_ONCE = 50


def grant(db: Connection, user: object, amount: int | None, reference: str | None) -> dict[str, Any]:
    return row(db, "select * from darkroom.grant_credits(%s, %s::bigint, %s)", user, amount, reference)


def test_a_grant_moves_ledger_balance_and_events_together(db: Connection) -> None:
    user = new_user(db, "ann", 10)

    entry = grant(db, user, 90, "pay-1")

    assert (entry["user_id"], entry["amount"], entry["reference"], entry["credits"]) == (user, 90, "pay-1", 100)
    assert balance(db, user) == 100
    assert [e["detail"] for e in events(db, user, after=1)] == [{"credits": 100, "amount": 90, "reason": "grant"}]
    invariants(db)


def test_a_repeated_reference_grants_once_and_answers_the_same(db: Connection) -> None:
    user = new_user(db, "ann", 10)
    first = grant(db, user, 90, "pay-1")
    grant(db, user, 5, "pay-2")

    assert grant(db, user, 90, "pay-1") == first
    assert balance(db, user) == 105
    assert len(events(db, user)) == 3
    with pytest.raises(psycopg.Error) as refusal:
        grant(db, user, 91, "pay-1")
    assert (refusal.value.sqlstate, refusal.value.diag.column_name) == ("DR409", "/reference")
    assert balance(db, user) == 105


def test_a_reference_is_unique_per_user_only(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 0), new_user(db, "bob", 0)

    grant(db, ann, 5, "welcome")
    grant(db, bob, 7, "welcome")

    assert (balance(db, ann), balance(db, bob)) == (5, 7)


def test_fifty_deliveries_of_one_payment_at_once_grant_once(db: Connection, connect: Connect) -> None:
    user = new_user(db, "ann", 0)
    connections = [connect() for _ in range(AT_ONCE)]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda conn: grant(conn, user, 90, "pay-1"), connections))

    assert answers == [answers[0]] * AT_ONCE
    assert balance(db, user) == 90
    assert len(rows(db, "select * from darkroom.credit_entries")) == len(events(db, user)) == 1
    invariants(db)


def test_different_payments_at_once_all_count(db: Connection, connect: Connect) -> None:
    user = new_user(db, "ann", 0)
    connections = [connect() for _ in range(8)]

    def pay(number: int) -> None:
        for payment in range(20):
            grant(connections[number], user, 1, f"pay-{number}-{payment}")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(pay, range(8)))

    assert balance(db, user) == 160
    assert [e["detail"]["credits"] for e in events(db, user)] == list(range(1, 161))
    invariants(db)


def test_a_correction_takes_back_down_to_nothing(db: Connection) -> None:
    user = new_user(db, "ann", 10)

    with pytest.raises(psycopg.Error) as refusal:
        grant(db, user, -11, "fix-1")
    assert refusal.value.sqlstate == "DR402"
    assert refusal.value.diag.message_detail == '{"required": 11, "available": 10}'
    assert grant(db, user, -10, "fix-1")["credits"] == 0

    assert balance(db, user) == 0
    invariants(db)


@pytest.mark.parametrize(
    ("amount", "reference", "pointer"),
    [
        (0, "pay-1", "/amount"),
        (None, "pay-1", "/amount"),
        (10**12 + 1, "pay-1", "/amount"),
        (-(10**12) - 1, "pay-1", "/amount"),
        (1, None, "/reference"),
        (1, "", "/reference"),
        (1, "  ", "/reference"),
        (1, "x" * 201, "/reference"),
        (1, "two\nlines", "/reference"),
    ],
)
def test_bad_input_is_refused_and_grants_nothing(
    db: Connection, amount: int | None, reference: str | None, pointer: str
) -> None:
    user = new_user(db, "ann", 10)

    with pytest.raises(psycopg.Error) as refusal:
        grant(db, user, amount, reference)

    assert (refusal.value.sqlstate, refusal.value.diag.column_name) == ("DR422", pointer)
    assert refusal.value.diag.message_hint
    assert (balance(db, user), len(events(db, user))) == (10, 1)


@pytest.mark.parametrize("user", [None, uuid4()])
def test_a_grant_to_nobody_is_refused(db: Connection, user: UUID | None) -> None:
    with pytest.raises(psycopg.Error) as refusal:
        grant(db, user, 1, "pay-1")
    assert refusal.value.sqlstate == "DR404"


def test_the_balance_stays_a_number_that_clients_can_read(db: Connection) -> None:
    user = new_user(db, "ann", 0)
    # By hand, since nine thousand grants would be needed.
    db.execute("update darkroom.users set credits = 9007199254740991")
    with pytest.raises(psycopg.Error) as refusal:
        grant(db, user, 1, "pay-1")
    assert refusal.value.sqlstate == "DR422"


def test_a_refused_grant_can_be_corrected_with_the_same_reference(db: Connection) -> None:
    user = new_user(db, "ann", 10)
    with pytest.raises(psycopg.Error):
        grant(db, user, -50, "fix-1")

    grant(db, user, -5, "fix-1")

    assert balance(db, user) == 5


def test_a_disabled_user_can_still_be_given_its_money(db: Connection) -> None:
    user = new_user(db, "ann", 10)
    call(db, "disable_user", user)

    assert grant(db, user, 5, "pay-1")["credits"] == 15
    assert value(db, "select sum(amount) from darkroom.credit_entries") == 15
