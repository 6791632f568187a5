"""What the relay reads: everything that happened, once, in order, with the objects as they are; or a reset."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from darkroom.errors import EventsExpiredError, translate
from tests.sql.engine import (
    DELIVER,
    INK,
    Row,
    act_as,
    call,
    claim,
    complete,
    create,
    edit,
    fail,
    generation_of,
    kinds,
    move_clock,
    new_user,
    rows,
    value,
    work_off,
)
from tests.sql.reading import UNKNOWN, items, refused
from tests.support import WAIT_SECONDS_MAX, backend_pid, wait_for_lock

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connect, Connection

HEAD = {"user_id", "after", "seq", "epoch", "totals", "reset", "items", "next_after", "has_more"}
ESTIMATES = {"queue_position", "eta_seconds"}


@pytest.fixture
def user(db: Connection) -> UUID:
    return new_user(db)


def deliver(db: Connection, *cursors: Row, limit: int = 100) -> list[Row]:
    given = [c | {"user_id": str(c["user_id"])} for c in cursors]
    return rows(db, DELIVER, Jsonb(given), limit)


def after(db: Connection, user: UUID, position: int | None, limit: int = 100, **more: Any) -> Row:
    [answer] = deliver(db, {"user_id": user, "after": position, **more}, limit=limit)
    return answer


def head(db: Connection, user: UUID) -> int:
    return int(value(db, "select seq from darkroom.event_heads where user_id = %s", user))


def test_every_event_arrives_once_in_order(db: Connection, user: UUID) -> None:
    for n in range(5):
        create(db, user, f"lighthouse {n}", quantity=2)
    work_off(db)
    position, seen = 0, []
    while True:
        page = after(db, user, position, limit=7)
        assert set(page) == HEAD
        assert not page["reset"]
        seen += page["items"]
        assert page["has_more"] == (page["next_after"] < page["seq"])
        position = page["next_after"]
        if not page["has_more"]:
            break
    assert [e["seq"] for e in seen] == list(range(1, head(db, user) + 1))
    assert [e["kind"] for e in seen] == kinds(db, user)
    assert page["totals"] == {"active": 0, "unviewed": 5, "credits": 990}
    assert after(db, user, position)["items"] == []
    assert after(db, user, None) == page | {"after": None, "items": []}


def test_an_event_has_ids_detail_and_the_objects_as_single_reads_show_them(db: Connection, user: UUID) -> None:
    db.execute("set timezone = 'Asia/Kathmandu'")
    generation = create(db, user, quantity=2)
    fail(db, claim(db)[0], "transient")
    work_off(db)
    found = after(db, user, 0)["items"]
    for event in found:
        assert set(event) == {"seq", "kind", "at", "ids", "detail", "data"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["at"])
        assert None not in event["ids"].values()
    [retrying] = [e for e in found if e["kind"] == "job.retrying"]
    assert retrying["detail"]["error_class"] == "transient"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", retrying["detail"]["next_run_at"])
    [completed] = [e for e in found if e["kind"] == "job.completed"]
    assert set(completed["ids"]) == {f"{name}_id" for name in ("generation", "card", "job", "image")}
    assert completed["data"] == {
        "generation": call(db, "get_generation", generation["id"])["generation"],
        "card": call(db, "get_card", generation["card_id"])["card"],
        "job": call(db, "get_job", completed["ids"]["job_id"])["job"],
        "image": items(db, "list_gallery")[0]["images"][0],
    }
    [charged] = [e for e in found if e["kind"] == "credits.changed" and e["detail"]["reason"] == "charge"]
    assert (charged["ids"], charged["data"], charged["detail"]["amount"]) == ({}, {}, -2)


def test_what_was_purged_leaves_no_words_behind(db: Connection, user: UUID) -> None:
    generation = create(db, user, "a secret garden")
    work_off(db)
    call(db, "trash", "generation", generation["id"])
    call(db, "purge", "generation", generation["id"])
    found = after(db, user, 0)["items"]
    assert found[-1]["kind"] == "generation.purged" or "generation.purged" in [e["kind"] for e in found]
    for event in found:
        assert "generation" not in event["data"]
        assert "image" not in event["data"]
        assert "secret" not in str(event)


def test_projects_and_collections_come_with_their_own_events_only(db: Connection, user: UUID) -> None:
    act_as(db, user)
    project = call(db, "create_project", {"name": "Canvas", "document": {"nodes": [1]}})["project"]
    collection = call(db, "create_collection", {"name": "Seasons", "templates": []})["collection"]
    create(db, user, project_id=project["id"])
    start = next(e["seq"] for e in after(db, user, 0)["items"] if e["kind"] == "generation.created")
    call(db, "update_project", project["id"], {"name": "Wall", "version": project["version"]})
    call(db, "update_collection", collection["id"], {"name": "Months"})
    found = {e["kind"]: e for e in after(db, user, start - 1)["items"]}
    assert found["generation.created"]["ids"]["project_id"] == project["id"]
    assert "project" not in found["generation.created"]["data"]
    assert found["project.updated"]["data"] == {"project": call(db, "get_project", project["id"])["project"]}
    assert found["collection.updated"]["data"] == {
        "collection": call(db, "get_collection", collection["id"])["collection"]
    }


def test_a_reset_for_whatever_is_not_contiguous(db: Connection, user: UUID) -> None:
    for _ in range(4):
        create(db, user)
    last = head(db, user)
    epoch = after(db, user, 0)["epoch"]

    def is_reset(position: int, **more: Any) -> bool:
        answer = after(db, user, position, **more)
        if answer["reset"]:
            assert (answer["items"], answer["next_after"], answer["has_more"]) == ([], last, False)
            assert (answer["seq"], answer["epoch"]) == (last, epoch)
        return bool(answer["reset"])

    assert not is_reset(0)
    assert not is_reset(0, epoch=epoch)
    assert not is_reset(last, epoch=epoch)
    assert is_reset(0, epoch="another"), "another epoch"
    assert is_reset(last, epoch="another"), "another epoch, even with nothing new"
    assert is_reset(last + 1), "above the head"
    assert is_reset(-1), "below everything"

    db.execute("delete from darkroom.events where user_id = %s and seq = 3", (user,))
    assert is_reset(0), "a hole between rows"
    assert is_reset(2), "a first row that is not the next one"
    assert not is_reset(0, limit=2), "what lies before the hole can be delivered"
    assert not is_reset(3)
    db.execute("delete from darkroom.events where user_id = %s and seq = %s", (user, last))
    assert is_reset(3), "fewer rows than the head promises"
    assert is_reset(last - 1), "no row although the head is higher"
    db.execute("truncate darkroom.events")
    assert is_reset(0), "too old"
    assert not is_reset(last), "up to date needs no rows"


def test_one_call_serves_many_users_and_positions(db: Connection, user: UUID) -> None:
    bob, idle = new_user(db, "bob"), new_user(db, "idle")
    create(db, user, "ann's")
    create(db, bob, "bob's")
    work_off(db)
    last = head(db, user)
    answers = deliver(
        db,
        {"user_id": bob, "after": 1},
        {"user_id": user, "after": last - 1},
        {"user_id": UNKNOWN, "after": 0},
        {"user_id": idle, "after": head(db, idle)},
        {"user_id": user, "after": 0},
        {"user_id": user, "after": last + 5},
        {"user_id": user, "after": None},
    )
    assert [(a["user_id"], a["after"]) for a in answers] == [
        (bob, 1),
        (user, last - 1),
        (idle, head(db, idle)),
        (user, 0),
        (user, last + 5),
        (user, None),
    ], "in the order asked; nothing for whom nobody knows"
    assert [a["reset"] for a in answers] == [False, False, False, False, True, False]
    for answer in answers:
        alone = after(db, answer["user_id"], answer["after"])
        assert alone == answer
        own = "bob's" if answer["user_id"] == bob else "ann's"
        assert {e["data"]["generation"]["prompt"] for e in answer["items"] if "generation" in e["data"]} <= {own}
    assert deliver(db) == []


def test_a_snapshot_with_the_events_laid_over_it_is_a_fresh_read(db: Connection, user: UUID) -> None:
    source = create(db, user, "a lighthouse", quantity=2)
    work_off(db)
    image = items(db, "list_gallery")[0]["images"][0]["id"]
    started = call(db, "start_conversation", {"image_id": image, "prompt": "at dusk", "models": [INK]})
    batch = call(db, "create_batch", {"items": [{"name": "a", "prompt": "b"}], "models": [INK], "quantity": 3})["batch"]

    def fresh() -> dict[str, dict[str, Row]]:
        return {
            "generation": {g["id"]: g for g in items(db, "list_generations")},
            "card": {k: call(db, "get_card", k)["card"] for k in {g["card_id"] for g in items(db, "list_generations")}},
            "batch": {b["id"]: b for b in items(db, "list_batches")},
            "conversation": {c["id"]: c for c in items(db, "list_conversations")},
        }

    shown, position = fresh(), call(db, "get_queue")["seq"]
    edited = edit(db, user, source["id"])
    of_batch = call(db, "get_batch", batch["id"])["batch"]["items"][0]["generation_id"]
    jobs = claim(db, 10)
    unlucky = [j for j in jobs if str(j["generation_id"]) == of_batch][:2]
    fail(db, unlucky[0], "moderated")
    fail(db, unlucky[1], "timeout")
    complete(db, [j for j in jobs if j not in unlucky and str(j["generation_id"]) != edited["id"]])
    move_clock(db, 6)
    call(db, "promote_due")
    call(db, "cancel_generation", edited["id"])
    work_off(db)
    call(db, "mark_viewed", [source["id"]])
    call(db, "update_generation", source["id"], {"name": "Tower"})
    call(db, "update_image", image, {"favourite": True})
    call(db, "retry_batch", batch["id"])
    call(db, "update_conversation", started["conversation"]["id"], {"title": "Evening"})
    work_off(db)
    page = after(db, user, position, limit=500)
    assert not page["reset"]
    for event in page["items"]:
        for kind, found in event["data"].items():
            if kind in shown:
                shown[kind][found["id"]] = found
    wanted = fresh()
    for kind, objects in wanted.items():
        assert {i: _lasting(o) for i, o in shown[kind].items()} == {i: _lasting(o) for i, o in objects.items()}, kind
    queue = call(db, "get_queue")
    assert page["totals"] == {
        "active": queue["active_count"],
        "unviewed": queue["unviewed_count"],
        "credits": queue["credits"],
    }


def test_a_card_that_an_edit_leaves_is_told_of(db: Connection, user: UUID) -> None:
    """Its source went to the trash: the edit gets a card of its own, and the card it left has changed as well."""
    source = create(db, user)
    work_off(db)
    edited = edit(db, user, source["id"])
    call(db, "trash", "generation", source["id"])
    jobs = claim(db)
    position = call(db, "get_queue")["seq"]
    complete(db, jobs)
    cards = {e["data"]["card"]["id"]: e["data"]["card"] for e in after(db, user, position)["items"] if e["data"]}
    left, own = source["card_id"], generation_of(db, user, edited["id"])["card_id"]
    assert left != own
    assert cards == {card: call(db, "get_card", card)["card"] for card in (left, own)}
    assert (cards[left]["generation_count"], cards[own]["generation_count"]) == (0, 1)


def _lasting(found: Row) -> Row:
    return {k: v for k, v in found.items() if k not in ESTIMATES}


def test_polling_reads_the_same_log(db: Connection, user: UUID) -> None:
    create(db, user)
    last = head(db, user)
    only_head = call(db, "read_events")
    assert set(only_head) == {"items", "seq", "epoch", "next_after", "has_more", "totals"}
    assert (only_head["items"], only_head["next_after"], only_head["has_more"]) == ([], last, False)
    page = call(db, "read_events", 0, 2, only_head["epoch"])
    assert (len(page["items"]), page["next_after"], page["has_more"]) == (2, 2, True)
    assert page["items"] == after(db, user, 0, limit=2)["items"]
    assert refused(db, "read_events", -1) == ("DR422", "invalid-request", "/after")
    for limit in (0, 1001):
        assert refused(db, "read_events", 0, limit) == ("DR422", "invalid-request", "/limit")
    for gone in ((last + 1, 10, None), (0, 10, "another")):
        with pytest.raises(psycopg.Error) as raised:
            call(db, "read_events", *gone)
        error = translate(raised.value)
        assert isinstance(error, EventsExpiredError)
        assert (error.kind, error.facts) == ("events-expired", {"seq": last, "epoch": only_head["epoch"]})


def test_the_epoch_names_system_and_timeline(db: Connection, user: UUID) -> None:
    epoch = after(db, user, None)["epoch"]
    system = value(db, "select system_identifier::text from pg_control_system()")
    assert re.fullmatch(rf"{system}-[0-9A-F]{{8}}", epoch)
    with db.transaction():
        db.execute("set transaction read only")
        assert after(db, user, None)["epoch"] == epoch


def test_watching_rings_and_a_renewal_skips_who_is_busy(db: Connection, connect: Connect, user: UUID) -> None:
    bob = new_user(db, "bob")
    listener = connect()
    listener.execute("listen darkroom_events")
    create(db, user)
    assert list(listener.notifies(timeout=0)) == [], "nobody watches"
    [watched] = rows(db, "select * from darkroom.watch_user(%s)", user)
    assert watched == {
        "seq": head(db, user),
        "epoch": after(db, user, None)["epoch"],
        "totals": after(db, user, None)["totals"],
    }
    create(db, user)
    create(db, bob)
    assert [n.payload for n in listener.notifies(timeout=WAIT_SECONDS_MAX, stop_after=1)] == [str(user)]

    idle = connect(autocommit=False)
    idle.execute("select from darkroom.event_heads where user_id = %s for no key update", (bob,))
    before = value(db, "select watched_until from darkroom.event_heads where user_id = %s", user)
    renewed = rows(db, "select * from darkroom.renew_watches(%s)", [user, bob])
    assert renewed == [{"user_id": user, "seq": head(db, user)}]
    assert value(db, "select watched_until from darkroom.event_heads where user_id = %s", user) > before

    waiting = connect()
    waiting.execute("set lock_timeout = '50ms'")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        waiting.execute("select darkroom.watch_user(%s)", (bob,))
    idle.rollback()
    assert len(rows(db, "select * from darkroom.renew_watches(%s)", [user, bob])) == 2
    move_clock(db, 61)
    create(db, user)
    assert list(listener.notifies(timeout=0)) == [], "a mark that was not renewed runs out"


def test_a_writer_saw_the_mark_or_its_events_are_in_the_backlog(db: Connection, connect: Connect, user: UUID) -> None:
    """The mark waits for a writer in flight: the backlog read after it holds whatever that writer did not ring for."""
    writer = connect(autocommit=False)
    create(writer, user)
    relay = connect()
    position = head(db, user)
    with relay.pipeline():
        relay.execute("select darkroom.watch_user(%s)", (user,))
        wait_for_lock(db, backend_pid(relay))
        writer.commit()
    backlog = after(relay, user, position)["items"]
    assert "generation.created" in [e["kind"] for e in backlog]


def test_only_limits_that_end_are_taken(db: Connection, user: UUID) -> None:
    for limit in (0, -1, 1001, None):
        with pytest.raises(psycopg.Error) as raised:
            after(db, user, 0, limit=limit)  # type: ignore[arg-type]
        assert raised.value.sqlstate == "DR422"


@pytest.mark.parametrize(
    "position", [{"user_id": "ann"}, {"after": "abc"}, {"after": 1.5}, {"after": 10**30}, {"user_id": 7}]
)
def test_only_positions_are_taken(db: Connection, position: dict[str, Any]) -> None:
    with pytest.raises(psycopg.Error) as raised:
        db.execute("select * from darkroom.deliver_events(%s)", (Jsonb([position]),))
    assert raised.value.sqlstate == "DR422"
