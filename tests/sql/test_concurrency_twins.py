"""The same request twice at one moment has one effect, and both callers get its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.engine import (
    INK,
    act_as,
    balance,
    call,
    claim,
    create,
    fail,
    generation_of,
    invariants,
    new_user,
    row,
    rows,
    value,
    work_off,
)
from tests.sql.racing import at_once, waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tests.conftest import Connect, Connection

KEY = {"idempotency_key": "order-7"}
REQUEST = {"prompt": "a lighthouse", "models": [INK], "quantity": 2, **KEY}


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db, budget=100)


def sqlstate(error: BaseException | None) -> str | None:
    return getattr(error, "sqlstate", None)


def test_a_twin_waits_and_then_replays(ann: UUID, db: Connection, connect: Connect) -> None:
    one, two = connect(autocommit=False), connect()
    for client in (one, two):
        act_as(client, ann)
    first = call(one, "create_generation", REQUEST)

    with waiting(db, two, lambda: call(two, "create_generation", REQUEST)) as twin:
        one.commit()

    assert twin.result() == first | {"replayed": True}
    assert balance(db, ann) == 98
    invariants(db)


def test_a_twin_of_what_was_rolled_back_does_it_itself(ann: UUID, db: Connection, connect: Connect) -> None:
    one, two = connect(autocommit=False), connect()
    for client in (one, two):
        act_as(client, ann)
    first = call(one, "create_generation", REQUEST)

    with waiting(db, two, lambda: call(two, "create_generation", REQUEST)) as twin:
        one.rollback()

    assert "replayed" not in twin.result()
    assert twin.result()["generation"]["id"] != first["generation"]["id"]
    assert value(db, "select count(*) from darkroom.generations") == 1
    assert balance(db, ann) == 98


def test_another_request_under_the_key_in_use_is_refused(ann: UUID, db: Connection, connect: Connect) -> None:
    one, two = connect(autocommit=False), connect()
    for client in (one, two):
        act_as(client, ann)
    call(one, "create_generation", REQUEST)

    with waiting(db, two, lambda: call(two, "create_generation", REQUEST | {"quantity": 3})) as other:
        one.commit()

    assert sqlstate(other.exception()) == "DR422"
    assert balance(db, ann) == 98
    invariants(db)


def test_fifty_at_once_make_one_generation_one_charge_and_fifty_equal_answers(
    ann: UUID, db: Connection, connect: Connect
) -> None:
    clients = [connect(user_id=ann) for _ in range(50)]

    answers = at_once([lambda c=c: call(c, "create_generation", REQUEST) for c in clients])  # type: ignore[misc]

    assert sum("replayed" not in answer for answer in answers) == 1
    first = next(answer for answer in answers if "replayed" not in answer)
    assert all(answer == first | {"replayed": True} for answer in answers if answer is not first)
    assert value(db, "select count(*) from darkroom.generations") == 1
    assert rows(db, "select amount, count(*) from darkroom.credit_entries where reason = 'charge' group by 1") == [
        {"amount": -1, "count": 2}
    ]
    assert balance(db, ann) == 98
    invariants(db)


def test_every_creating_call_has_one_effect_at_once(ann: UUID, db: Connection, connect: Connect) -> None:
    source = create(db, ann)
    work_off(db)
    image = value(db, "select id from darkroom.images")
    broken = create(db, ann)
    fail(db, claim(db)[0], "invalid")
    clients = [connect(user_id=ann) for _ in range(4)]
    calls: dict[str, tuple[Any, ...]] = {
        "create_edit": ({"generation_id": source["id"], "prompt": "at night"} | KEY,),
        "create_batch": ({"items": [{"prompt": "a"}, {"prompt": "b"}]} | KEY,),
        "start_conversation": ({"image_id": str(image), "prompt": "at noon"} | KEY,),
        "regenerate_generation": (source["id"], KEY),
        "retry_generation": (broken["id"], KEY),
    }
    for function, args in calls.items():
        before = row(db, "select count(*) as generations from darkroom.generations")["generations"]
        answers = at_once([lambda c=c, f=function, a=args: call(c, f, *a) for c in clients])  # type: ignore[misc]
        assert sum("replayed" not in answer for answer in answers) == 1, function
        made = value(db, "select count(*) from darkroom.generations") - before
        assert made == {"create_batch": 2, "retry_generation": 0}.get(function, 1), function
    assert len(generation_of(db, ann, broken["id"])["jobs"]) == 2
    invariants(db)


def test_two_turns_at_once_are_one_turn_and_a_conflict(ann: UUID, db: Connection, connect: Connect) -> None:
    create(db, ann)
    work_off(db)
    image = value(db, "select id from darkroom.images")
    conversation = call(db, "start_conversation", {"image_id": str(image), "prompt": "at noon"})["conversation"]["id"]
    work_off(db)
    one, two = connect(autocommit=False), connect()
    for client in (one, two):
        act_as(client, ann)
    turn: dict[str, Any] = {"conversation_id": conversation, "prompt": "darker"}
    call(one, "add_turn", turn)

    with waiting(db, two, lambda: call(two, "add_turn", turn)) as second:
        one.commit()

    assert sqlstate(second.exception()) == "DR409"
    assert rows(db, "select turn_index from darkroom.generations where turn_index is not null order by 1") == [
        {"turn_index": 0},
        {"turn_index": 1},
    ]
    invariants(db)


def test_a_grant_delivered_many_times_at_once_is_granted_once(ann: UUID, db: Connection, connect: Connect) -> None:
    clients = [connect() for _ in range(10)]

    def grant(conn: Connection) -> dict[str, Any]:
        return row(conn, "select * from darkroom.grant_credits(%s, 50, 'payment 1')", ann)

    answers = at_once([lambda c=c: grant(c) for c in clients])  # type: ignore[misc]

    assert all(answer == answers[0] for answer in answers)
    assert balance(db, ann) == 150
    invariants(db)


@pytest.mark.parametrize(("quantity", "made"), [(60, 0), (8, 12)])
def test_many_requests_at_once_never_spend_what_is_not_there(
    quantity: int, made: int, ann: UUID, db: Connection, connect: Connect
) -> None:
    """Twenty at once against a balance that allows for fewer: as many as it allows, and the rest are told so."""
    clients = [connect(user_id=ann) for _ in range(20)]
    items = {"models": [INK], "items": [{"prompt": "p"}] * (quantity if made else 101)}

    def ask(conn: Connection) -> str:
        try:
            call(conn, "create_batch", items)
        except Exception as error:  # noqa: BLE001 - what it is, is asserted
            return sqlstate(error) or repr(error)
        return "made"

    actions: list[Callable[[], str]] = [lambda c=c: ask(c) for c in clients]  # type: ignore[misc]
    answers = at_once(actions)

    assert answers.count("made") == made
    assert answers.count("DR402") == 20 - made
    assert balance(db, ann) == 100 - made * quantity
    invariants(db)
