"""What workers do now and then: expired trash, objects to delete, the event ring, old idempotency keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from darkroom.errors import InvalidError, translate
from tests.sql.announcements import announced, head_of, unchanged
from tests.sql.engine import (
    act_as,
    call,
    claim,
    complete,
    create,
    edit,
    generation_of,
    move_clock,
    new_user,
    row,
    rows,
    value,
    work_off,
)

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection

DAY = 86400


@pytest.fixture
def ann(db: Connection) -> UUID:
    user = new_user(db)
    act_as(db, user)
    return user


def trashed(db: Connection, user: UUID, **request: Any) -> str:
    generation = create(db, user, **request)
    work_off(db)
    call(db, "trash", "generation", generation["id"])
    return str(generation["id"])


def test_the_trash_keeps_thirty_days(db: Connection, ann: UUID) -> None:
    trashed(db, ann)
    kept = create(db, ann, quantity=2)
    work_off(db)
    call(db, "trash", "image", generation_of(db, ann, kept["id"])["images"][0]["id"])
    move_clock(db, 30 * DAY - 60)
    younger = trashed(db, ann)
    with unchanged(db, ann):
        assert call(db, "purge_expired_trash") == 0
    move_clock(db, 30 * DAY + 60)
    with announced(db, ann) as kinds:
        assert call(db, "purge_expired_trash") == 2
    assert sorted(kinds) == ["generation.purged", "image.purged"]
    assert {str(r["id"]) for r in rows(db, "select id from darkroom.generations")} == {kept["id"], younger}
    assert call(db, "purge_expired_trash") == 0


def test_a_setting_says_how_long(db: Connection, ann: UUID) -> None:
    trashed(db, ann)
    db.execute("set darkroom.trash_days = '2'")
    move_clock(db, 2 * DAY - 60)
    assert call(db, "purge_expired_trash") == 0
    move_clock(db, 2 * DAY + 60)
    with announced(db, ann):
        assert call(db, "purge_expired_trash") == 1


def test_expired_trash_goes_in_steps(db: Connection, ann: UUID) -> None:
    for _ in range(3):
        trashed(db, ann)
    move_clock(db, 31 * DAY)
    assert [call(db, "purge_expired_trash", 2) for _ in range(3)] == [2, 1, 0]


def test_a_busy_user_delays_nobody(db: Connection, connect: Connect, ann: UUID) -> None:
    bob = new_user(db, "bob")
    of_bob = trashed(db, bob)
    of_ann = trashed(db, ann)
    client = connect(user_id=ann, autocommit=False)
    call(client, "create_project", {"name": "open"})
    db.execute("set lock_timeout = '1s'")
    move_clock(db, 31 * DAY)
    assert call(db, "purge_expired_trash") == 1
    assert rows(db, "select id from darkroom.generations where id = %s", of_bob) == []
    client.rollback()
    assert call(db, "purge_expired_trash") == 1
    assert rows(db, "select id from darkroom.generations where id = %s", of_ann) == []


def objects(db: Connection, limit: int = 100) -> list[str]:
    return [o["object_key"] for o in rows(db, "select * from darkroom.next_object_deletions(%s)", limit)]


def test_an_object_is_handed_out_once_and_comes_back_if_its_worker_dies(db: Connection, ann: UUID) -> None:
    trashed(db, ann)
    call(db, "empty_trash")
    first = rows(db, "select * from darkroom.next_object_deletions()")
    assert [f["attempts"] for f in first] == [1, 1]
    assert objects(db) == []
    call(db, "confirm_object_deletions", [first[0]["id"]])
    move_clock(db, 540)
    assert objects(db) == []
    move_clock(db, 601)
    (again,) = rows(db, "select * from darkroom.next_object_deletions()")
    assert (again["id"], again["attempts"]) == (first[1]["id"], 2)
    assert call(db, "confirm_object_deletions", [again["id"], first[0]["id"]]) == 1
    assert rows(db, "select * from darkroom.object_deletions") == []


def test_two_workers_share_the_objects(db: Connection, connect: Connect, ann: UUID) -> None:
    trashed(db, ann, quantity=2)
    call(db, "empty_trash")
    one, two = connect(role="darkroom_worker", autocommit=False), connect(role="darkroom_worker")
    mine, theirs = objects(one, 3), objects(two)
    one.commit()
    assert (len(mine), len(theirs)) == (3, 1)
    assert len({*mine, *theirs}) == 4


def test_what_others_still_show_is_never_handed_out(db: Connection, ann: UUID) -> None:
    """Two images that share one object, as no worker of ours makes them: the object goes with the last."""
    one, two = create(db, ann), create(db, ann)
    work_off(db)
    db.execute("update darkroom.images set object_key = 'shared.png', thumbnail_key = null")
    for generation in (one, two):
        call(db, "trash", "generation", generation["id"])
    call(db, "purge", "generation", one["id"])
    assert objects(db) == []
    assert rows(db, "select * from darkroom.object_deletions") == []
    call(db, "purge", "generation", two["id"])
    assert objects(db) == ["shared.png"]


def test_objects_in_use_stand_in_nobodys_way(db: Connection, ann: UUID) -> None:
    source = create(db, ann)
    work_off(db)
    used = row(db, "select object_key from darkroom.images")["object_key"]
    edit(db, ann, source["id"])
    call(db, "trash", "generation", source["id"])
    call(db, "empty_trash")
    for _ in range(2):
        db.execute("insert into darkroom.object_deletions (user_id, object_key) values (%s, 'later.png')", (ann,))
    handed = objects(db, 1) + objects(db, 1) + objects(db, 1) + objects(db, 1)
    assert used not in handed
    assert handed.count("later.png") == 2
    assert complete(db, claim(db)) == ["accepted"]
    move_clock(db, 61)
    assert objects(db) == [used]


def fill_slot(db: Connection, user: UUID, days_ago: int) -> None:
    """An event of that day, written by a session whose clock stands there. The head goes back for it."""
    seq = head_of(db, user)["seq"]
    at = datetime.now(UTC) - timedelta(days=days_ago)
    slot = (at.date() - datetime(2000, 1, 1, tzinfo=UTC).date()).days % 9
    db.execute(
        "insert into darkroom.events (user_id, seq, slot, at, kind) values (%s, %s, %s, %s, 'generation.created')",
        (user, seq - 100 - days_ago, slot, at),
    )


def at_noon(db: Connection, hour: int = 12) -> None:
    """This session's clock at that hour of today, UTC."""
    now = datetime.now(UTC)
    move_clock(db, (now.replace(hour=hour, minute=0, second=0, microsecond=0) - now).total_seconds())


def test_seven_full_days_of_events_stay(db: Connection, ann: UUID) -> None:
    at_noon(db)
    for days_ago in range(9):
        fill_slot(db, ann, days_ago)
    assert call(db, "truncate_event_slot") is True
    left = rows(
        db,
        "select (now() at time zone 'UTC')::date - (at at time zone 'UTC')::date as age "
        "from darkroom.events where kind = 'generation.created'",
    )
    assert sorted(r["age"] for r in left) == list(range(8))
    assert call(db, "truncate_event_slot") is False


def test_shortly_before_midnight_the_ring_is_left_alone(db: Connection, ann: UUID) -> None:
    fill_slot(db, ann, 8)
    for hour, expected in ((22, False), (23, False), (21, True)):
        at_noon(db, hour)
        assert call(db, "truncate_event_slot") is expected


def test_an_open_report_is_not_waited_for(db: Connection, connect: Connect, ann: UUID) -> None:
    at_noon(db)
    fill_slot(db, ann, 8)
    report = connect(autocommit=False)
    report.execute("select count(*) from darkroom.events")
    assert call(db, "truncate_event_slot") is False
    assert value(db, "show lock_timeout") == "0"
    report.rollback()
    assert call(db, "truncate_event_slot") is True


def test_idempotency_keys_are_kept_a_day(db: Connection, ann: UUID) -> None:
    for n in range(3):
        call(db, "create_project", {"name": f"p{n}", "idempotency_key": f"k{n}"})
    move_clock(db, DAY - 60)
    assert call(db, "drop_old_idempotency_keys") == 0
    with unchanged(db, ann):
        assert call(db, "create_project", {"name": "p0", "idempotency_key": "k0"})["replayed"] is True
    move_clock(db, DAY + 60)
    assert call(db, "create_project", {"name": "p1", "idempotency_key": "k1"}).get("replayed") is None
    assert [call(db, "drop_old_idempotency_keys", 1) for _ in range(3)] == [1, 1, 0]
    assert call(db, "create_project", {"name": "p1", "idempotency_key": "k1"})["replayed"] is True


@pytest.mark.parametrize("function", ["purge_expired_trash", "next_object_deletions", "drop_old_idempotency_keys"])
@pytest.mark.parametrize("limit", [None, 0, -1, 10_000_000])
def test_limits_are_limits(db: Connection, function: str, limit: int | None) -> None:
    with pytest.raises(psycopg.Error) as refusal:
        call(db, function, limit)
    assert isinstance(translate(refusal.value), InvalidError)
