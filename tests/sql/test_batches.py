"""All or nothing when it is asked for, item by item from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sql.engine import (
    BANANA,
    INK,
    WATERCOLOR,
    act_as,
    balance,
    call,
    claim,
    complete,
    fail,
    invariants,
    kinds,
    new_user,
    refused,
    row,
    rows,
    upload,
    value,
    work_off,
)

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection


def collection(db: Connection, user: UUID, name: str = "Spring", **templates: str) -> str:
    act_as(db, user)
    pairs = [{"name": template, "prompt": prompt} for template, prompt in templates.items()]
    return str(call(db, "create_collection", {"name": name, "templates": pairs})["collection"]["id"])


def batch(db: Connection, user: UUID, **request: Any) -> dict[str, Any]:
    act_as(db, user)
    made: dict[str, Any] = call(db, "create_batch", {"models": [INK]} | request)["batch"]
    return made


def state(db: Connection, user: UUID, batch_id: str) -> dict[str, Any]:
    """The batch with its items."""
    found: dict[str, Any] = value(db, "select darkroom.batch_detail(%s, %s)", user, batch_id)
    return found


def items(count: int) -> list[dict[str, str]]:
    return [{"prompt": f"number {n}"} for n in range(count)]


def test_a_batch_is_a_collection_times_its_templates(db: Connection) -> None:
    """S3.1, S3.2."""
    ann = new_user(db)
    spring = collection(db, ann, "Spring", Red="a red one", Blue="a blue one", Green="a green one")
    made = batch(db, ann, collection_id=spring, models=[INK, WATERCOLOR], aspect_ratio="4:5")
    assert (made["name"], made["collection"]) == ("Spring", {"id": spring, "name": "Spring"})
    assert (made["total"], made["pending"], made["status"]) == (6, 6, "active")
    assert balance(db, ann) == 994
    posts = rows(db, "select name, prompt, total, template_name, batch_id from darkroom.generations order by id")
    assert [(p["name"], p["prompt"], p["total"]) for p in posts] == [
        ("Spring - Red", "a red one", 2),
        ("Spring - Blue", "a blue one", 2),
        ("Spring - Green", "a green one", 2),
    ]
    assert kinds(db, ann)[2:] == ["batch.created", *["generation.created"] * 3, "credits.changed"]
    assert value(db, "select count(*) from darkroom.history_cards") == 3
    work_off(db)
    images = rows(db, "select * from darkroom.images order by id")
    assert {(str(i["batch_id"]), str(i["collection_id"])) for i in images} == {(made["id"], spring)}
    done = state(db, ann, made["id"])
    assert (done["status"], done["completed"], done["credits_used"]) == ("completed", 6, 6)
    assert kinds(db, ann).count("batch.completed") == 1
    assert kinds(db, ann)[-1] == "batch.completed"
    invariants(db)


def test_names_are_snapshots(db: Connection) -> None:
    ann = new_user(db)
    spring = collection(db, ann, "Spring", Red="a red one")
    made = batch(db, ann, collection_id=spring)
    db.execute("update darkroom.collections set name = 'Autumn'")
    db.execute("update darkroom.templates set name = 'Crimson', prompt = 'another'")
    work_off(db)
    assert row(db, "select name, prompt from darkroom.generations") == {"name": "Spring - Red", "prompt": "a red one"}
    assert state(db, ann, made["id"])["collection"]["name"] == "Spring"
    db.execute("delete from darkroom.collections")
    assert state(db, ann, made["id"])["items"][0]["template_name"] == "Red"
    invariants(db)


def test_a_batch_of_ones_own_prompts(db: Connection) -> None:
    ann = new_user(db)
    made = batch(db, ann, name="Shop", items=[{"name": "Front", "prompt": "the front"}, {"prompt": "the back"}])
    assert made["name"] == "Shop"
    assert made["collection"] is None
    names = [g["name"] for g in rows(db, "select name from darkroom.generations order by id")]
    assert names == ["Shop - Front", "Shop"]
    assert batch(db, ann, items=items(1))["name"] == "Batch"


def test_the_reference_goes_with_every_item(db: Connection) -> None:
    ann = new_user(db)
    photo = upload(db, ann)
    batch(db, ann, items=items(3), references=[{"upload_id": photo}])
    jobs = claim(db, 10)
    assert [[r["object_key"] for r in j["references"]] for j in jobs] == [[f"{ann}/photo.jpg"]] * 3


def test_one_failing_item_stops_no_other(db: Connection) -> None:
    """S3.3, S3.4."""
    ann = new_user(db)
    made = batch(db, ann, items=items(4))
    jobs = claim(db, 10)
    complete(db, jobs[:1])
    fail(db, jobs[1], "moderated", "nasty words of the provider")
    complete(db, jobs[2:])
    done = state(db, ann, made["id"])
    assert (done["status"], done["completed"], done["failed"], done["pending"]) == ("completed", 3, 1, 0)
    assert [(i["status"], i["saved"]) for i in done["items"]] == [
        ("completed", True),
        ("failed", False),
        ("completed", True),
        ("completed", True),
    ]
    assert done["items"][1]["error"] == "The model refused this request because of its content."
    assert all(i["image_id"] and i["image_url"] and i["thumbnail_url"] for i in done["items"] if i["saved"])
    assert balance(db, ann) == 997
    invariants(db)


def test_a_batch_of_nothing_but_failures_failed(db: Connection) -> None:
    ann = new_user(db)
    made = batch(db, ann, items=items(2))
    for job in claim(db, 2):
        fail(db, job, "invalid")
    assert state(db, ann, made["id"])["status"] == "failed"
    assert balance(db, ann) == 1000
    invariants(db)


def test_all_or_nothing_at_enqueue(db: Connection) -> None:
    ann = new_user(db, "ann", 10)
    with refused("DR402", "insufficient-credits") as info:
        batch(db, ann, items=items(3), models=[BANANA])
    assert info.value.diag.message_detail == '{"required": 12, "available": 10}'
    bad: list[tuple[dict[str, Any], str]] = [
        ({"items": [*items(2), {"prompt": "  "}]}, "/items/2"),
        ({"items": [*items(2), {"prompt": "x", "promt": "y"}]}, "/items/2"),
        ({"items": [*items(2), "x"]}, "/items/2"),
        ({"items": [{"prompt": "x" * 32001}]}, "/items/0"),
        ({"items": []}, "/items"),
        ({"items": {}}, "/items"),
        ({}, "/items"),
        ({"items": items(1), "collection_id": str(ann)}, "/items"),
        ({"items": items(1), "aspect_ratio": "7:5"}, "/aspect_ratio"),
        ({"items": items(1), "write_caption": True}, "/write_caption"),
    ]
    for request, pointer in bad:
        with refused("DR422", "invalid-request", pointer):
            batch(db, ann, **request)
    empty = collection(db, ann, "Empty")
    with refused("DR422", "invalid-request", "/collection_id"):
        batch(db, ann, collection_id=empty)
    with refused("DR404", "not-found", "/collection_id"):
        batch(db, new_user(db, "bob"), collection_id=empty)
    for table in ("batches", "generations", "jobs", "queue", "history_cards"):
        assert rows(db, f"select * from darkroom.{table}") == []
    assert balance(db, ann) == 10
    invariants(db)


def test_a_thousand_slots_are_the_most(db: Connection) -> None:
    ann = new_user(db, "ann", 5000)
    with refused("DR422", "invalid-request", "/items"):
        batch(db, ann, items=items(1001))
    with refused("DR422", "invalid-request", "/items"):
        batch(db, ann, items=items(251), quantity=4)
    with refused("DR422", "invalid-request", "/items"):
        batch(db, ann, items=items(501), models=[INK, WATERCOLOR])
    made = batch(db, ann, items=items(250), quantity=2, models=[INK, WATERCOLOR])
    assert made["total"] == 1000
    assert balance(db, ann) == 4000
    invariants(db)


def test_the_queue_has_room_or_it_has_not(db: Connection) -> None:
    ann = new_user(db, "ann", 1000, max_active_jobs=10)
    batch(db, ann, items=items(8))
    with refused("DR429", "queue-full") as info:
        batch(db, ann, items=items(3))
    assert info.value.diag.message_detail == '{"active": 8, "allowed": 10, "requested": 3}'
    assert info.value.diag.message_hint == "Wait for some to finish, or cancel them."
    with refused("DR429", "queue-full") as info:
        batch(db, ann, items=items(11))
    assert "Waiting does not help" in str(info.value.diag.message_hint)
    assert balance(db, ann) == 992
    batch(db, ann, items=items(2))
    invariants(db)


def test_cancel_refunds_what_waits(db: Connection) -> None:
    ann = new_user(db)
    made = batch(db, ann, items=items(10))
    jobs = claim(db, 4)
    complete(db, jobs[:2])
    act_as(db, ann)
    assert call(db, "cancel_batch", made["id"]) == {"cancelled": 8, "refunded": 6}
    done = state(db, ann, made["id"])
    assert (done["status"], done["completed"], done["cancelled"], done["credits_used"]) == ("completed", 2, 8, 4)
    assert complete(db, jobs[2:]) == ["refused"] * 2
    assert call(db, "cancel_batch", made["id"]) == {"cancelled": 0, "refunded": 0}
    assert balance(db, ann) == 996
    invariants(db)


def test_a_batch_cancelled_whole_says_so(db: Connection) -> None:
    ann = new_user(db)
    made = batch(db, ann, items=items(3))
    act_as(db, ann)
    call(db, "cancel_batch", made["id"])
    assert state(db, ann, made["id"])["status"] == "cancelled"
    assert [k for k in kinds(db, ann) if k.startswith("batch.")] == ["batch.created", "batch.cancelled"]
    invariants(db)


def test_retry_tries_failed_and_cancelled_slots_in_place(db: Connection) -> None:
    ann = new_user(db)
    made = batch(db, ann, items=items(4), models=[INK, WATERCOLOR])
    jobs = claim(db, 8)
    complete(db, jobs[:5])
    fail(db, jobs[5], "moderated")
    fail(db, jobs[6], "invalid")
    act_as(db, ann)
    call(db, "cancel_job", jobs[7]["job_id"])
    finished = state(db, ann, made["id"])
    assert (finished["completed"], finished["failed"], finished["cancelled"]) == (5, 2, 1)
    before = balance(db, ann)
    reply = call(db, "retry_batch", made["id"])
    assert reply["credits"] == before - 3
    again = reply["batch"]
    assert (again["status"], again["completed"], again["pending"], again["failed"]) == ("active", 5, 3, 0)
    assert again["finished_at"] is None
    fail(db, jobs[7], "transient")  # the worker lets go of what was cancelled
    assert work_off(db) == 3
    done = state(db, ann, made["id"])
    assert (done["id"], done["status"], done["completed"], done["total"]) == (made["id"], "completed", 8, 8)
    assert [i["saved"] for i in done["items"]] == [True] * 8
    slots = rows(db, "select generation_id, slot, count(*) from darkroom.images group by 1, 2")
    assert len(slots) == 8, "one image per slot"
    with refused("DR409", "nothing-to-retry"):
        call(db, "retry_batch", made["id"])
    invariants(db)


def test_regenerate_is_a_new_batch_that_knows_the_old_one(db: Connection) -> None:
    ann = new_user(db)
    spring = collection(db, ann, "Spring", Red="a red one", Blue="a blue one")
    made = batch(db, ann, collection_id=spring, quantity=2, metadata={"order": "17"}, seed=100)
    work_off(db)
    db.execute("update darkroom.templates set prompt = 'changed since'")
    act_as(db, ann)
    again = call(db, "regenerate_batch", made["id"])["batch"]
    assert again["source_batch_id"] == made["id"]
    assert (again["name"], again["total"], again["metadata"]) == ("Spring", 4, {"order": "17"})
    posts = rows(db, "select prompt, name from darkroom.generations where batch_id = %s order by id", again["id"])
    assert posts == [{"prompt": "a red one", "name": "Spring - Red"}, {"prompt": "a blue one", "name": "Spring - Blue"}]
    seeds = "select (settings ->> 'seed')::bigint as seed from darkroom.generations where batch_id = %s order by id"
    assert [s["seed"] for s in rows(db, seeds, again["id"])] != [100, 100]
    act_as(db, ann)
    same = call(db, "regenerate_batch", made["id"], {"seed": "same", "models": [WATERCOLOR]})["batch"]
    assert [s["seed"] for s in rows(db, seeds, same["id"])] == [100, 100]
    fixed = call(db, "regenerate_batch", made["id"], {"seed": 7})["batch"]
    assert [s["seed"] for s in rows(db, seeds, fixed["id"])] == [7, 7]
    assert work_off(db) == 12
    assert value(db, "select count(*) from darkroom.generations where regenerated_from_id is not null") == 6
    invariants(db)


def test_other_peoples_batches_do_not_exist(db: Connection) -> None:
    ann, bob = new_user(db, "ann"), new_user(db, "bob")
    made = batch(db, ann, items=items(2))
    act_as(db, bob)
    for function in ("cancel_batch", "retry_batch", "regenerate_batch", "get_batch"):
        with refused("DR404", "not-found"):
            call(db, function, made["id"])
    assert state(db, ann, made["id"])["pending"] == 2


def test_an_idempotent_batch_is_made_once(db: Connection) -> None:
    ann = new_user(db)
    first = batch(db, ann, items=items(3), idempotency_key="k1")
    act_as(db, ann)
    again = call(db, "create_batch", {"models": [INK], "items": items(3), "idempotency_key": "k1"})
    assert (again["batch"]["id"], again["replayed"]) == (first["id"], True)
    with refused("DR422", "idempotency-key-reused"):
        batch(db, ann, items=items(2), idempotency_key="k1")
    assert balance(db, ann) == 997
