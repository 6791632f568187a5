"""Schema report: the queries people wrote before it existed run unchanged, fast, and give nothing away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

from tests.sql.engine import INK, SECRET, act_as, call, claim, complete
from tests.sql.reporting import RAW_ERROR, History, credits_of, make_history, report_login

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connection

VIEWS = ("batches", "batch_items", "images", "jobs", "credits", "models", "daily_usage", "provider_tokens")
OF_A_BATCH = "SELECT * FROM images WHERE batch_id = '{batch}' ORDER BY created_at ASC;"
OF_A_USER = (
    "SELECT batch_id, COUNT(*) AS image_count, MIN(created_at) AS batch_time FROM images"
    " WHERE user_id = '{user}' AND batch_id IS NOT NULL GROUP BY batch_id ORDER BY batch_time DESC;"
)
OF_A_COLLECTION = (
    "SELECT * FROM images WHERE collection_id = '{collection}' AND batch_id IS NOT NULL ORDER BY batch_id, created_at;"
)
PROMISED = [
    "id",
    "user_id",
    "name",
    "prompt",
    "url",
    "thumbnail_url",
    "reference_url",
    "collection_id",
    "batch_id",
    "model",
    "created_at",
]


@pytest.fixture
def history(db: Connection) -> History:
    return make_history(db)


@pytest.fixture
def report(admin: Connection, database: str) -> Iterator[Connection]:
    with report_login(admin, database) as conn:
        yield conn


def ask(report: Connection, query: str, history: History | None = None) -> list[dict[str, Any]]:
    return report.execute((query.format(**vars(history)) if history else query).encode()).fetchall()


def test_the_images_of_a_batch(report: Connection, history: History) -> None:
    found = ask(report, OF_A_BATCH, history)

    assert list(found[0])[: len(PROMISED)] == PROMISED
    assert [(image["name"], image["prompt"]) for image in found] == [
        ("Seasons - Spring", "a house in Spring"),
        ("Seasons - Autumn", "a house in Autumn"),
    ]
    for image in found:
        assert image["user_id"] == history.user
        assert image["batch_id"] == history.batch
        assert image["collection_id"] == history.collection
        assert image["model"] == INK
        assert image["url"] == f"/v1/images/{image['id']}/file?size=full"
        assert image["thumbnail_url"] == f"/v1/images/{image['id']}/file?size=thumb"
        assert image["reference_url"] == f"/v1/uploads/{history.upload}/file"
    assert found[0]["created_at"] <= found[1]["created_at"]


def test_the_batches_of_a_user(db: Connection, report: Connection, history: History) -> None:
    act_as(db, history.user)
    again = call(db, "regenerate_batch", history.batch)
    while jobs := claim(db, 10):
        complete(db, jobs)

    found = ask(report, OF_A_USER, history)

    newest = again["batch"]["id"]
    assert [(str(row["batch_id"]), row["image_count"]) for row in found] == [(newest, 3), (str(history.batch), 2)]
    assert found[0]["batch_time"] > found[1]["batch_time"]


def test_the_batches_of_a_collection(report: Connection, history: History) -> None:
    found = ask(report, OF_A_COLLECTION, history)

    assert [image["name"] for image in found] == ["Seasons - Spring", "Seasons - Autumn"]


def test_names_stay_what_they_were_on_the_day(db: Connection, report: Connection, history: History) -> None:
    act_as(db, history.user)
    call(db, "update_collection", history.collection, {"name": "Weather"})
    call(db, "delete_collection", history.collection)

    found = ask(report, OF_A_BATCH, history)

    assert [image["name"] for image in found] == ["Seasons - Spring", "Seasons - Autumn"]


def test_an_image_outside_a_batch_is_named_by_its_words(report: Connection, history: History) -> None:
    (image,) = ask(report, "select * from images where user_id = '{user}' and batch_id is null", history)

    assert (image["name"], image["reference_url"]) == ("a lone lighthouse", None)


def test_the_items_of_a_batch_say_what_became_of_them(report: Connection, history: History) -> None:
    items = ask(report, "select * from batch_items where batch_id = '{batch}' order by job_id", history)

    assert [(item["template_name"], item["status"], item["saved"]) for item in items] == [
        ("Spring", "completed", True),
        ("Summer", "failed", False),
        ("Autumn", "completed", True),
    ]
    assert [item["error_class"] for item in items] == [None, "moderated", None]
    assert items[0]["image_url"] == f"/v1/images/{items[0]['image_id']}/file?size=full"
    assert items[1]["image_url"] is None


def test_a_retried_item_is_one_item(db: Connection, report: Connection, history: History) -> None:
    act_as(db, history.user)
    call(db, "retry_batch", history.batch)
    complete(db, claim(db, 10))

    items = ask(report, "select * from batch_items where batch_id = '{batch}'", history)

    assert [item["status"] for item in items] == ["completed"] * 3
    assert ask(report, "select retry_of from jobs where batch_id = '{batch}' and retry_of is not null", history)


def test_counters_of_a_batch(report: Connection, history: History) -> None:
    (batch,) = ask(report, "select * from batches where id = '{batch}'", history)

    counters = {name: batch[name] for name in ("total", "completed", "failed", "cancelled", "pending", "credits_used")}
    assert counters == {"total": 3, "completed": 2, "failed": 1, "cancelled": 0, "pending": 0, "credits_used": 2}
    assert (batch["status"], batch["collection_name"], batch["user_name"]) == ("completed", "Seasons", "ann")


def test_the_ledger_sums_to_the_balances(db: Connection, report: Connection, history: History) -> None:
    sums = {
        row["user_id"]: row["balance"]
        for row in ask(report, "select user_id, sum(amount) as balance from credits group by 1")
    }

    assert sums == {user: credits_of(db, user) for user in (history.user, history.other)}


def test_daily_usage_counts_each_finished_call_once(report: Connection, history: History) -> None:
    (row,) = ask(report, "select * from daily_usage where user_id = '{user}'", history)

    counted = {name: row[name] for name in ("jobs", "completed", "failed", "cancelled", "images", "credits")}
    assert counted == {"jobs": 4, "completed": 3, "failed": 1, "cancelled": 0, "images": 3, "credits": 3}
    assert (row["user_name"], row["model"], row["provider"]) == ("ann", INK, "sketch")


def test_a_token_that_rests_says_so(report: Connection, history: History) -> None:
    (token,) = ask(report, "select * from provider_tokens where id = '{token}'", history)

    assert (token["label"], token["state"], token["requests"], token["consecutive_errors"]) == (
        "the good one",
        "cooling",
        1,
        1,
    )


def test_no_view_gives_a_secret_or_a_providers_words_away(db: Connection, report: Connection, history: History) -> None:
    key = call(db, "create_api_key", history.user, b"k" * 32, "last", "label")
    assert key is not None
    for view in VIEWS:
        rows = ask(report, f"select to_jsonb(v)::text as everything from {view} as v")
        assert rows, view
        told = "".join(row["everything"] for row in rows)
        for secret in (SECRET, RAW_ERROR, "sk-live", (b"k" * 32).hex()):
            assert secret not in told, view
    (failed,) = ask(report, "select error from jobs where status = 'failed'")
    assert failed["error"] == "The model refused this request because of its content."


def test_the_views_are_those_of_the_contract(db: Connection) -> None:
    found = db.execute(
        "select table_name::text as name from information_schema.tables where table_schema = 'report'"
    ).fetchall()

    assert {row["name"] for row in found} == set(VIEWS)


def test_a_report_is_read_only_and_ends_in_time(report: Connection) -> None:
    assert ask(report, "show statement_timeout") == [{"statement_timeout": "1min"}]
    assert ask(report, "show search_path") == [{"search_path": "report"}]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        report.execute("create temporary table mine ()")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        report.execute("select 1 from darkroom.users")


@pytest.fixture
def many(db: Connection, history: History) -> History:
    """20,000 images of 200 batches beside the batch we ask for."""
    db.execute(
        """
        insert into darkroom.images (user_id, generation_id, prompt, object_key, content_type, batch_id, collection_id)
        select g.user_id, g.id, 'p', 'k' || n, 'image/png', md5((n %% 200)::text)::uuid, md5((n %% 40)::text)::uuid
        from generate_series(1, 20000) as n
        cross join (select * from darkroom.generations where user_id = %s limit 1) as g
        """,
        (history.other,),
    )
    db.execute("analyze darkroom.images, darkroom.generations, darkroom.batches, darkroom.generation_references")
    return history


def plan(report: Connection, query: str, history: History) -> str:
    return "\n".join(row["QUERY PLAN"] for row in ask(report, "explain (costs off) " + query, history))


def test_a_batch_is_found_by_its_index(report: Connection, many: History) -> None:
    found = plan(report, OF_A_BATCH, many)

    assert "images_batch_id_idx" in found
    assert "Seq Scan on images" not in found


def test_a_collection_is_found_by_its_index(report: Connection, many: History) -> None:
    assert "images_collection_id_idx" in plan(report, OF_A_COLLECTION, many)


def test_a_users_batches_are_counted_without_joining_anything(report: Connection, many: History) -> None:
    """What a query does not ask for it does not pay for: the names' joins drop out of the plan."""
    found = plan(report, OF_A_USER, many)

    assert "Join" not in found
    assert "Nested Loop" not in found
    assert "SubPlan" not in found
    assert "Index" in found


def test_an_unknown_batch_has_no_images(report: Connection, history: History) -> None:  # noqa: ARG001
    assert ask(report, OF_A_BATCH.format(batch=uuid4())) == []
