"""Operators make users and keys, limit them and lock them out; a key finds its user, and nothing else does."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

from tests.sql.engine import call, events, invariants, move_clock, new_user, row, rows, value
from tests.support import WAIT_SECONDS_MAX, backend_pid, wait_for_lock

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection

HASH = hashlib.sha256(b"a key").digest()
NOBODY = uuid4()

# A call with a user, and what it must be refused with: SQLSTATE, kind, pointer.
REFUSALS: dict[str, tuple[str, list[Any], str, str, str]] = {
    "no name": ("create_user", [None], "DR422", "invalid-request", "/name"),
    "a blank name": ("create_user", ["  "], "DR422", "invalid-request", "/name"),
    "a long name": ("create_user", ["x" * 101], "DR422", "invalid-request", "/name"),
    "two lines": ("create_user", ["a\nb"], "DR422", "invalid-request", "/name"),
    "a name like an id": ("create_user", [str(NOBODY)], "DR422", "invalid-request", "/name"),
    "a name that is taken": ("create_user", [" ann "], "DR409", "conflict", "/name"),
    "negative credits": ("create_user", ["bob", -1], "DR422", "invalid-request", "/credits"),
    "no credits": ("create_user", ["bob", None], "DR422", "invalid-request", "/credits"),
    "an unknown name": ("find_user", ["nobody"], "DR404", "not-found", ""),
    "an unknown id": ("find_user", [str(NOBODY)], "DR404", "not-found", ""),
    "no name to find": ("find_user", [None], "DR404", "not-found", ""),
    "disabling nobody": ("disable_user", [NOBODY], "DR404", "not-found", ""),
    "enabling nobody": ("enable_user", [None], "DR404", "not-found", ""),
    "limiting nobody": ("set_user_limits", [NOBODY, {"max_priority": 1}], "DR404", "not-found", ""),
    "an unknown limit": ("set_user_limits", ["USER", {"credits": 9}], "DR422", "invalid-request", "/credits"),
    "a limit of null": ("set_user_limits", ["USER", {"operator": None}], "DR422", "invalid-request", "/operator"),
    "a limit out of range": (
        "set_user_limits",
        ["USER", {"max_priority": 11}],
        "DR422",
        "invalid-request",
        "/max_priority",
    ),
    "a limit in words": (
        "set_user_limits",
        ["USER", {"storage_quota": "1"}],
        "DR422",
        "invalid-request",
        "/storage_quota",
    ),
    "a short hash": ("create_api_key", ["USER", b"key", "abcd"], "DR422", "invalid-request", "/sha256"),
    "no hash": ("create_api_key", ["USER", None, "abcd"], "DR422", "invalid-request", "/sha256"),
    "a long tail": ("create_api_key", ["USER", HASH, "abcde"], "DR422", "invalid-request", "/last_four"),
    "a long label": ("create_api_key", ["USER", HASH, "abcd", "x" * 101], "DR422", "invalid-request", "/label"),
    "a key for nobody": ("create_api_key", [NOBODY, HASH, "abcd"], "DR404", "not-found", ""),
    "revoking nothing": ("revoke_api_key", [NOBODY], "DR404", "not-found", ""),
}


def new_key(db: Connection, user: UUID, text: str = "a key", label: str = "") -> UUID:
    query = "select id from darkroom.create_api_key(%s, %s, 'abcd', %s)"
    key: UUID = value(db, query, user, hashlib.sha256(text.encode()).digest(), label)
    return key


def owner(db: Connection, text: str = "a key") -> Any:
    found = rows(db, "select user_id from darkroom.user_for_key(%s)", hashlib.sha256(text.encode()).digest())
    return found[0]["user_id"] if found else None


def everything(db: Connection) -> list[Any]:
    """All that operators could have changed."""
    return [
        rows(db, f"select t::text from darkroom.{table} as t order by 1")
        for table in ("users", "api_keys", "sessions", "credit_entries", "event_heads", "events")
    ]


def test_a_user_begins_with_its_credits_in_the_ledger(db: Connection) -> None:
    user = row(db, "select * from darkroom.create_user(' ann ', 100)")

    assert (user["name"], user["credits"], user["disabled_at"]) == ("ann", 100, None)
    entry = row(db, "select amount, reason, reference from darkroom.credit_entries where user_id = %s", user["id"])
    assert entry == {"amount": 100, "reason": "grant", "reference": "signup"}
    assert [(e["kind"], e["detail"]) for e in events(db, user["id"])] == [
        ("credits.changed", {"credits": 100, "amount": 100, "reason": "grant"})
    ]
    assert row(db, "select * from darkroom.create_user('bob')")["credits"] == 0
    invariants(db)


def test_a_user_is_found_by_name_and_by_id(db: Connection) -> None:
    user = new_user(db, "ann")

    for by in ("ann", " ann ", str(user), str(user).upper()):
        assert value(db, "select id from darkroom.find_user(%s)", by) == user


@pytest.mark.parametrize("case", REFUSALS)
def test_bad_input_is_refused_with_what_to_do_and_changes_nothing(db: Connection, case: str) -> None:
    function, args, state, kind, pointer = REFUSALS[case]
    user = new_user(db, "ann")
    before = everything(db)

    with pytest.raises(psycopg.Error) as refusal:
        call(db, function, *[user if arg == "USER" else arg for arg in args])

    diag = refusal.value.diag
    assert (diag.sqlstate, diag.constraint_name, diag.column_name or "") == (state, kind, pointer)
    assert diag.message_primary
    assert diag.message_hint or pointer  # what to do, or at least with which field
    assert everything(db) == before


def test_of_two_who_take_a_name_at_once_one_is_refused(db: Connection, connect: Connect) -> None:
    first, second = connect(autocommit=False), connect()
    first.execute("select darkroom.create_user('ann')")
    second_pid = backend_pid(second)
    refused: list[str | None] = []

    def take() -> None:
        try:
            second.execute("select darkroom.create_user('ann')")
        except psycopg.Error as error:
            refused.append(error.sqlstate)

    thread = threading.Thread(target=take)
    thread.start()
    wait_for_lock(db, second_pid)
    first.commit()
    thread.join(20)

    assert refused == ["DR409"]
    assert value(db, "select count(*) from darkroom.users") == 1


def test_limits_that_are_not_named_stay(db: Connection) -> None:
    user = new_user(db)

    call(
        db, "set_user_limits", user, {"max_priority": 3, "max_active_jobs": 7, "storage_quota": 1000, "operator": True}
    )
    call(db, "set_user_limits", user, {"max_active_jobs": 8})
    query = "select max_priority, max_active_jobs, storage_quota, operator from darkroom.users where id = %s"
    assert list(row(db, query, user).values()) == [3, 8, 1000, True]

    call(db, "set_user_limits", user, {"storage_quota": None, "operator": False})
    assert list(row(db, query, user).values()) == [3, 8, None, False]


def test_a_key_opens_its_users_door_until_it_is_revoked(db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    key = new_key(db, ann)
    new_key(db, bob, "another")
    assert (owner(db), owner(db, "another"), owner(db, "guess")) == (ann, bob, None)

    first = row(db, "select * from darkroom.revoke_api_key(%s)", key)

    assert owner(db) is None
    assert owner(db, "another") == bob
    assert row(db, "select * from darkroom.revoke_api_key(%s)", key) == first


def test_the_same_key_is_not_recorded_twice(db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    new_key(db, ann)
    for user in (ann, bob):
        with pytest.raises(psycopg.Error) as refusal:
            new_key(db, user)
        assert refusal.value.sqlstate == "DR409"
    assert owner(db) == ann


def test_the_use_of_a_key_is_noted_once_a_minute(db: Connection) -> None:
    user = new_user(db)
    new_key(db, user)

    def used() -> Any:
        owner(db)
        return value(db, "select last_used_at from darkroom.api_keys")

    first = used()
    assert first is not None
    move_clock(db, 10)
    assert used() == first
    move_clock(db, 70)
    assert used() > first


def test_noting_a_key_never_waits_for_another_request_of_the_same_key(db: Connection, connect: Connect) -> None:
    user = new_user(db)
    new_key(db, user)
    other = connect(autocommit=False)
    assert owner(other) == user  # has noted it, and holds the row

    db.execute("set lock_timeout = '2s'")
    assert owner(db) == user


def test_revoking_ends_the_sessions_of_the_key_and_rings(db: Connection, connect: Connect) -> None:
    user = new_user(db)
    key, other = new_key(db, user), new_key(db, user, "another")
    for number, of in enumerate((key, key, other)):
        db.execute(
            "insert into darkroom.sessions (token_sha256, user_id, api_key_id, expires_at)"
            " values (%s, %s, %s, now() + interval '1 day')",
            (hashlib.sha256(bytes([number])).digest(), user, of),
        )
    listener = connect()
    listener.execute("listen darkroom_revocations")

    call(db, "revoke_api_key", key)

    assert [s["api_key_id"] for s in rows(db, "select api_key_id from darkroom.sessions")] == [other]
    call(db, "revoke_api_key", key)  # again: nothing to announce
    call(db, "disable_user", user)
    call(db, "disable_user", user)
    assert rows(db, "select * from darkroom.sessions") == []
    heard = [note.payload for note in listener.notifies(timeout=WAIT_SECONDS_MAX, stop_after=2)]
    assert heard == [f"key:{key}", f"user:{user}"]
    assert list(listener.notifies(timeout=0)) == []


def test_a_disabled_user_is_shut_out_until_enabled(db: Connection) -> None:
    user = new_user(db)
    new_key(db, user)

    call(db, "disable_user", user)

    assert owner(db) is None
    with pytest.raises(psycopg.Error) as refusal:
        new_key(db, user, "another")
    assert refusal.value.sqlstate == "DR409"
    db.execute("select set_config('darkroom.user_id', %s, false)", (str(user),))
    with pytest.raises(psycopg.Error) as refusal:
        call(db, "create_generation", {"prompt": "x"})
    assert refusal.value.sqlstate == "DR401"

    call(db, "enable_user", user)
    assert owner(db) == user


def test_changes_wait_for_the_users_mutex(db: Connection, connect: Connect) -> None:
    user = new_user(db)
    holder, changer = connect(autocommit=False), connect()
    holder.execute("select darkroom.lock_users(array[%s])", (user,))
    thread = threading.Thread(target=lambda: call(changer, "disable_user", user))
    thread.start()

    wait_for_lock(db, backend_pid(changer))
    assert value(db, "select disabled_at from darkroom.users") is None
    holder.commit()
    thread.join(20)

    assert value(db, "select disabled_at from darkroom.users") is not None


def test_lists_show_users_and_keys_without_what_opens_doors(db: Connection) -> None:
    ann, bob = new_user(db, "ann", 5), new_user(db, "bob", 0)
    key = new_key(db, ann, label="laptop")
    call(db, "revoke_api_key", new_key(db, ann, "old"))
    new_key(db, bob, "bobs")

    users = rows(db, "select * from darkroom.list_users()")
    keys = rows(db, "select * from darkroom.list_api_keys(%s)", ann)

    assert [(u["name"], u["credits"], u["api_keys"], u["active_jobs"]) for u in users] == [
        ("ann", 5, 1, 0),
        ("bob", 0, 1, 0),
    ]
    assert [(k["user_name"], k["label"], k["last_four"], k["revoked_at"] is None) for k in keys] == [
        ("ann", "laptop", "abcd", True),
        ("ann", "", "abcd", False),
    ]
    assert keys[0]["id"] == key
    assert len(rows(db, "select * from darkroom.list_api_keys()")) == 3
    assert not any(isinstance(cell, bytes) for k in keys for cell in k.values())


def test_only_operators_manage_and_only_the_api_asks_for_keys(db: Connection, connect: Connect) -> None:
    user = new_user(db)
    new_key(db, user)
    operator, api, worker = (connect(role=f"darkroom_{role}") for role in ("operator", "api", "worker"))

    assert value(operator, "select id from darkroom.find_user('ann')") == user
    assert owner(api) == user
    for conn in (api, worker):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            call(conn, "disable_user", user)
    for conn in (operator, worker):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner(conn)
