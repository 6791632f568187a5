"""Single reads: where a generation stands in the queue, where it comes from, and who talks about its images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sql.engine import (
    BANANA,
    INK,
    Row,
    act_as,
    add_token,
    call,
    claim,
    create,
    edit,
    fail,
    generation_of,
    new_user,
    value,
    work_off,
)
from tests.sql.reading import items, refused

if TYPE_CHECKING:
    from uuid import UUID

    from tests.conftest import Connection


@pytest.fixture
def user(db: Connection) -> UUID:
    return new_user(db, budget=10_000)


def place(db: Connection, user: UUID, generation: Row) -> tuple[int | None, int | None]:
    found = generation_of(db, user, generation["id"])
    return found["queue_position"], found["eta_seconds"]


def test_the_position_counts_the_jobs_before_the_first_of_a_generation(db: Connection, user: UUID) -> None:
    first = create(db, user, quantity=3)
    second = create(db, user, quantity=2)
    later = create(db, user, priority=-5)
    elsewhere = create(db, user, models=[BANANA])
    # sketch takes a second on average and nothing runs; a call of openrouter's takes 10.
    assert place(db, user, first) == (0, 1)
    assert place(db, user, second) == (3, 4)
    assert place(db, user, later) == (5, 6)
    assert place(db, user, elsewhere) == (0, 10)
    claim(db, 2, ["sketch"])
    assert place(db, user, first) == (None, None), "it is being made"
    assert place(db, user, second) == (1, 2), "two run at once"


def test_slots_of_active_tokens_share_the_waiting(db: Connection, user: UUID) -> None:
    for _ in range(4):
        create(db, user, models=[BANANA])
    last = create(db, user, models=[BANANA])
    assert place(db, user, last) == (4, 50)
    add_token(db, calls=4)
    assert place(db, user, last) == (4, 20)


def test_what_waits_for_something_else_has_no_position(db: Connection, user: UUID) -> None:
    at = value(db, "select darkroom.json_time(darkroom.clock() + interval '1 hour')")
    assert place(db, user, create(db, user, run_at=at)) == (None, None)
    held = create(db, user)
    call(db, "pause_queue")
    assert place(db, user, held) == (None, None)
    call(db, "resume_queue")
    assert place(db, user, held) == (0, 1)


def test_far_back_the_position_stops_counting(db: Connection, user: UUID) -> None:
    items_of_batch = [{"name": f"n{n}", "prompt": "a fox"} for n in range(1000)]
    act_as(db, user)
    call(db, "create_batch", {"items": items_of_batch, "models": [INK]})
    call(db, "create_batch", {"items": items_of_batch[:20], "models": [INK]})
    assert place(db, user, create(db, user))[0] == 1000


def test_lineage_goes_up_and_down(db: Connection, user: UUID) -> None:
    root = create(db, user, "root")
    work_off(db)
    left = edit(db, user, root["id"], "left")
    right = edit(db, user, root["id"], "right")
    work_off(db)
    leaf = edit(db, user, left["id"], "leaf")
    work_off(db)

    def lineage(of: Row) -> list[tuple[int, str]]:
        answer = call(db, "get_lineage", of["id"])
        assert not answer["truncated"]
        return [(n["depth"], n["prompt"]) for n in answer["nodes"]]

    assert lineage(root) == [(0, "root"), (1, "left"), (1, "right"), (2, "leaf")]
    assert lineage(left) == [(-1, "root"), (0, "left"), (1, "leaf")]
    assert lineage(leaf) == [(-2, "root"), (-1, "left"), (0, "leaf")]
    assert lineage(right) == [(-1, "root"), (0, "right")]
    call(db, "trash", "generation", left["id"])
    assert lineage(leaf) == [(-2, "root"), (-1, "left"), (0, "leaf")], "the tree holds together over the trash"
    nodes = call(db, "get_lineage", leaf["id"])["nodes"]
    assert [n["deleted_at"] is not None for n in nodes] == [False, True, False]
    assert all(n["thumbnail_url"] for n in nodes)


def test_lineage_ends_at_500_nodes(db: Connection, user: UUID) -> None:
    root = create(db, user)
    work_off(db)
    db.execute(
        """
        insert into darkroom.generations (user_id, card_id, parent_id, category, prompt, total, cancelled, finished_at)
        select g.user_id, g.card_id, g.id, 'edit', 'child ' || n, 1, 1, g.finished_at
        from darkroom.generations as g cross join generate_series(1, 600) as n
        """
    )
    answer = call(db, "get_lineage", root["id"])
    assert (len(answer["nodes"]), answer["truncated"]) == (500, True)


def test_a_generation_brings_along_what_is_asked_for(db: Connection, user: UUID) -> None:
    generation = create(db, user)
    work_off(db)
    image = items(db, "list_gallery")[0]["images"][0]["id"]
    first = call(db, "start_conversation", {"image_id": image, "prompt": "one", "models": [INK]})
    work_off(db)
    second = call(db, "start_conversation", {"image_id": image, "prompt": "two", "models": [INK]})
    work_off(db)
    bare = call(db, "get_generation", generation["id"])["generation"]
    answer = call(db, "get_generation", generation["id"], ["lineage", "conversations"])
    assert set(answer) == {"generation", "seq"}
    whole = answer["generation"]
    assert set(whole) - set(bare) == {"lineage", "conversations"}
    found = [(c["title"], c["relation"]) for c in whole["conversations"]]
    assert found == [("two", "source"), ("one", "source")]
    assert call(db, "image_conversations", image)["items"] == whole["conversations"]
    output = call(db, "get_generation", first["generation"]["id"])["generation"]["images"][0]["id"]
    assert [(c["title"], c["relation"]) for c in call(db, "image_conversations", output)["items"]] == [
        ("one", "output")
    ]
    call(db, "trash", "conversation", second["conversation"]["id"])
    assert [c["title"] for c in call(db, "image_conversations", image)["items"]] == ["one"]
    assert refused(db, "get_generation", generation["id"], ["jobs"]) == ("DR422", "invalid-request", "/include")


def test_a_purged_source_leaves_a_reference_without_address(db: Connection, user: UUID) -> None:
    source = create(db, user)
    work_off(db)
    edited = edit(db, user, source["id"])
    work_off(db)
    call(db, "trash", "generation", source["id"])
    call(db, "purge", "generation", source["id"])
    [reference] = call(db, "get_generation", edited["id"])["generation"]["references"]
    assert (reference["role"], reference["image_id"], reference["url"]) == ("source", None, None)


def test_a_selected_image_in_the_trash_is_not_selected(db: Connection, user: UUID) -> None:
    generation = create(db, user, quantity=2)
    work_off(db)
    first, second = items(db, "list_gallery")[0]["images"]
    call(db, "update_generation", generation["id"], {"selected_image_id": second["id"]})
    assert items(db, "list_history")[0]["cover_image"]["id"] == second["id"]
    call(db, "trash", "image", second["id"])
    assert generation_of(db, user, generation["id"])["selected_image_id"] is None
    assert items(db, "list_history")[0]["cover_image"]["id"] == first["id"]
    call(db, "restore", "image", second["id"])
    assert generation_of(db, user, generation["id"])["selected_image_id"] == second["id"]


def test_a_card_is_viewed_once_all_that_finished_on_it_is(db: Connection, user: UUID) -> None:
    source = create(db, user)
    work_off(db)

    def viewed() -> bool:
        return bool(call(db, "get_card", source["card_id"])["card"]["viewed"])

    assert not viewed()
    call(db, "mark_viewed", [source["id"]])
    assert viewed()
    edited = edit(db, user, source["id"])
    assert viewed(), "an edit in flight is nothing to look at yet"
    fail(db, claim(db)[0], "invalid")
    assert not viewed()
    call(db, "mark_viewed", [edited["id"]])
    assert viewed()
