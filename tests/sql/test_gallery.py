"""The gallery, history and search: what was made is found again, by whatever is remembered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.engine import (
    INK,
    WATERCOLOR,
    Row,
    act_as,
    call,
    claim,
    complete,
    create,
    edit,
    fail,
    move_clock,
    new_user,
    value,
    work_off,
)
from tests.sql.reading import UNKNOWN, ids, items, refused, write_long_history

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection


@pytest.fixture
def user(db: Connection) -> UUID:
    return new_user(db)


def found(db: Connection, q: str, **filters: Any) -> list[str]:
    return [post["prompt"] for post in items(db, "list_gallery", q=q, **filters)]


def test_only_what_has_an_image_is_shown(db: Connection, user: UUID) -> None:
    done = create(db, user, quantity=2)
    work_off(db)
    failed = create(db, user)
    fail(db, claim(db)[0], "moderated")
    waiting = create(db, user)
    assert ids(db, "list_gallery") == [done["id"]]
    assert ids(db, "list_history") == [done["card_id"]]
    assert ids(db, "list_generations") == [waiting["id"], failed["id"], done["id"]]
    first, second = ids(db, "list_gallery", layout="images")
    call(db, "trash", "image", first)
    assert ids(db, "list_gallery", layout="images") == [second]
    assert [i["id"] for i in items(db, "list_gallery")[0]["images"]] == [second]
    call(db, "trash", "image", second)
    assert ids(db, "list_gallery") == ids(db, "list_history") == []
    assert set(ids(db, "list_trash")) == {first, second}
    call(db, "trash", "generation", done["id"])
    assert ids(db, "list_trash") == [done["id"]], "its images come and go with it"
    assert ids(db, "list_trash", kind="image") == []


def test_words_of_any_language_are_found(db: Connection, user: UUID) -> None:
    prompts = [
        "a red cat on a mat",
        "Рыжий КОТ на ковре",  # noqa: RUF001 — Cyrillic it is
        "um gato vermelho, AÇÃO rápida #verão",
        "γάτα στο χαλί",
        "빨간 고양이",
        "赤い猫が好きです",
        "一只红色的猫坐在垫子上",
        "แมวสีแดงบนเสื่อ",
        "it's a 50% well-known C++ logo, https://example.org/cats",
    ]
    for prompt in prompts:
        create(db, user, prompt)
    work_off(db)
    english, russian, portuguese, greek, korean, japanese, chinese, thai, odd = prompts
    expected = {
        "cat": [odd, english],
        "CAT RED": [english],
        "кот": [russian],
        "рыж": [russian],
        "ковре Рыжий": [russian],
        "ação": [portuguese],
        "verão": [portuguese],
        "γάτα": [greek],
        "고양": [korean],
        "猫": [chinese, japanese],
        "好き": [japanese],
        "红色 猫": [chinese],
        "สีแดง": [thai],
        "50%": [odd],
        "well-kn": [odd],
        "it's": [odd],
        "c++": [odd, english],  # the parser keeps the letter alone, and the last word may be unfinished
        "example.org": [odd],
        "example": [odd],
        "org/ca": [odd],
        "acao verao": [portuguese],
        "γατα": [greek],
        "猫 %": [chinese, japanese],
        "dog": [],
        "猫 dog": [],
        "%": [],
        "_": [],
        "' & | ! ( ) : * <->": [],
        "\\": [],
        "   ": prompts[::-1],
    }
    for q, wanted in expected.items():
        assert found(db, q) == wanted, q
        assert found(db, q, sort="oldest") == wanted[::-1], q
        assert len(items(db, "list_history", q=q)) == len(wanted), q
        assert len(items(db, "list_gallery", q=q, layout="images")) == len(wanted), q


def test_only_the_last_word_may_be_unfinished(db: Connection, user: UUID) -> None:
    create(db, user, "a lighthouse at night")
    work_off(db)
    assert found(db, "light") == found(db, "night ligh") == found(db, "lighthouse nig") == ["a lighthouse at night"]
    assert found(db, "ligh night") == found(db, "light ") == [], "a word with a space after it is whole"


def test_captions_and_names_are_searched_as_well(db: Connection, user: UUID) -> None:
    generation = create(db, user, "one", caption="Herbst am Meer", name="Postcard")
    work_off(db)
    assert found(db, "meer") == found(db, "postc") == found(db, "one herbst") == ["one"]
    call(db, "update_generation", generation["id"], {"caption": "Winter", "name": None})
    assert found(db, "winter") == ["one"]
    assert found(db, "meer") == []


def test_every_filter_asks_its_question(db: Connection, user: UUID) -> None:
    act_as(db, user)
    project = call(db, "create_project", {"name": "Canvas"})["project"]["id"]
    templates = [{"name": "Autumn", "prompt": "red leaves"}]
    collection = call(db, "create_collection", {"name": "Seasons", "templates": templates})["collection"]["id"]
    plain = create(db, user, "plain", project_id=project)
    work_off(db)
    wide = create(db, user, "wide", models=[INK, WATERCOLOR], aspect_ratio="16:9")
    for job in claim(db, 2):
        if job["model"] == WATERCOLOR:
            fail(db, job, "invalid")
        else:
            complete(db, job)
    edited = edit(db, user, plain["id"], models=[INK])
    work_off(db)
    batch = call(db, "create_batch", {"collection_id": collection, "models": [INK]})["batch"]["id"]
    work_off(db)
    liked = items(db, "list_gallery", q="plain")[0]["images"][0]["id"]
    call(db, "update_image", liked, {"favourite": True})
    of_batch = ids(db, "list_gallery", batch_id=batch)
    assert len(of_batch) == 1

    expected: list[tuple[Row, list[str]]] = [
        ({"model": WATERCOLOR}, []),
        ({"model": INK}, [*of_batch, edited["id"], wide["id"], plain["id"]]),
        ({"aspect_ratio": "16:9"}, [wide["id"]]),
        ({"category": "edit"}, [edited["id"]]),
        ({"project_id": project}, [edited["id"], plain["id"]]),
        ({"collection_id": collection}, of_batch),
        ({"favourite": True}, [plain["id"]]),
        ({"favourite": True, "aspect_ratio": "16:9"}, []),
        ({"status": "failed"}, []),
        ({"status": "completed", "q": "wide"}, [wide["id"]]),
        ({"batch_id": UNKNOWN}, []),
    ]
    for filters, wanted in expected:
        assert ids(db, "list_gallery", **filters) == wanted, filters
        of_images = {i["generation_id"] for i in items(db, "list_gallery", layout="images", **filters)}
        assert of_images == set(wanted), filters
        cards = {g["card_id"] for g in items(db, "list_generations") if g["id"] in wanted}
        assert set(ids(db, "list_history", **filters)) == cards, filters

    facets = call(db, "gallery_facets")
    assert facets["images"] == len(items(db, "list_gallery", layout="images")) == 4
    assert facets["favourites"] == 1
    assert facets["models"] == [{"id": INK, "name": "Sketch Ink", "images": 4}]
    assert {f["value"]: f["images"] for f in facets["aspect_ratios"]} == {"1:1": 3, "16:9": 1}
    assert {f["value"]: f["images"] for f in facets["categories"]} == {"generate": 3, "edit": 1}
    assert facets["projects"] == [{"id": project, "name": "Canvas", "images": 2}]
    assert call(db, "gallery_facets", {"q": "wide"})["images"] == 1


def test_a_range_of_days_holds_its_last_day(db: Connection, user: UUID) -> None:
    days = ["2026-01-30", "2026-01-31", "2026-02-01"]
    now = value(db, "select clock_timestamp()")
    for day in days:
        move_clock(db, value(db, "select extract(epoch from %s::timestamptz - %s)", f"{day}T23:59:59.500Z", now))
        create(db, user, day)
        work_off(db)
    move_clock(db, value(db, "select extract(epoch from '2026-02-02T00:00:00Z'::timestamptz - clock_timestamp())"))

    def between(**filters: str) -> list[str]:
        shown = [i["prompt"] for i in items(db, "list_gallery", layout="images", **filters)]
        assert [g["prompt"] for g in items(db, "list_gallery", **filters)] == shown
        assert sorted(k["title"] for k in items(db, "list_history", **filters)) == sorted(shown)
        return shown

    assert between() == days[::-1]
    assert between(**{"from": "2026-01-31"}) == [days[2], days[1]]
    assert between(to="2026-01-31") == [days[1], days[0]]
    assert between(**{"from": "2026-01-31", "to": "2026-01-31"}) == [days[1]]
    assert between(**{"from": "2026-01-31T00:00:00+09:00", "to": "2026-02-01T12:00:00+14:00"}) == [days[0]]
    shown = items(db, "list_gallery", layout="images")[1]["created_at"]
    exactly = items(db, "list_gallery", layout="images", **{"from": shown, "to": shown})
    assert [i["prompt"] for i in exactly] == [days[1]], "a time as shown holds what it was shown for"


def test_search_walks_for_frequent_words_and_looks_up_rare_ones(db: Connection) -> None:
    """Both ways give the same answer, whatever the page and its order."""
    user = new_user(db)
    write_long_history(db, user, 6000, every=500)
    act_as(db, user)
    rare = items(db, "list_gallery", q="unicorn", limit=5)
    assert len(rare) == 5
    assert all("unicorn" in g["prompt"] for g in rare)
    assert len(ids(db, "list_gallery", q="unico", limit=200)) == 12
    assert len(ids(db, "list_gallery", q="unicorn", layout="images", limit=200)) == 24
    assert ids(db, "list_gallery", q="unicorn", sort="oldest") == ids(db, "list_gallery", q="unicorn")[::-1]
    assert ids(db, "list_gallery", q="lighth", limit=200) == ids(db, "list_gallery", limit=200)


def test_a_file_is_its_owners(db: Connection, user: UUID) -> None:
    create(db, user, "a fox / in\nsnow", quantity=2)
    jobs = claim(db, 2)
    key = f"{user}/{jobs[0]['job_id']}-{jobs[0]['lease_no']}.png"
    call(db, "complete_jobs", [_result(j, thumbnail=j is jobs[0]) for j in jobs])
    first, second = items(db, "list_gallery")[0]["images"]
    full = call(db, "get_image_file", first["id"])
    assert (full["object_key"], full["content_type"], full["name"]) == (key, "image/png", "a fox / in snow 1.png")
    thumb = call(db, "get_image_file", first["id"], "thumb")
    assert (thumb["object_key"], thumb["content_type"]) == (key + ".thumb", None)
    fallen_back = call(db, "get_image_file", second["id"], "thumb")
    assert fallen_back == call(db, "get_image_file", second["id"], "full")
    assert refused(db, "get_image_file", first["id"], "huge") == ("DR422", "invalid-request", "/size")


def _result(job: Row, *, thumbnail: bool) -> Row:
    key = f"{job['user_id']}/{job['job_id']}-{job['lease_no']}.png"
    result = {"object_key": key, "content_type": "image/png", "width": 1, "height": 1, "bytes": 1, "sha256": "ab" * 32}
    if thumbnail:
        result["thumbnail_key"] = key + ".thumb"
    return {"job_id": job["job_id"], "lease_no": job["lease_no"], "result": result}
