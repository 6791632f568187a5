"""Each field of each request, with what it must not be: refused at its pointer, nothing changed, nothing charged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.sql.inputs import World, build, good_calls
from tests.sql.test_bad_input import NOBODYS_ID, checksum, invoke, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connection

NOBODY = str(NOBODYS_ID)
IDS: list[Any] = [5, "x", NOBODY, [NOBODY]]

# What a field must not hold, whatever the request.
WRONG: dict[str, list[Any]] = {
    "prompt": [5, {}, ["a"], "x" * 32_001],
    "models": [[], {}, "sketch/ink", [1], ["nobody/nothing"], ["sketch/ink"] * 2, ["sketch/words"], ["a"] * 17],
    "quantity": [0, 9, 1.5, "2", -1, 1e30, True],
    "aspect_ratio": ["7:5", 3, {}, "x" * 21],
    "resolution": ["9K", 3, []],
    "write_caption": ["yes", 1],
    "caption": [5, "x" * 32_001],
    "references": [{}, "x", [1], [{}], [{"upload_id": "x"}], [{"upload_id": NOBODY}], [{"image_id": NOBODY}],
                   [{"upload_id": NOBODY, "image_id": NOBODY}], [{"url": "http://example.org/a.png"}]],
    "project_id": IDS,
    "collection_id": IDS,
    "upload_id": IDS,
    "image_id": IDS,
    "generation_id": IDS,
    "conversation_id": IDS,
    "selected_image_id": IDS,
    "name": [5, "x" * 401],
    "title": [5, "x" * 201],
    "priority": [1, -11, "0", 0.5],
    "run_at": ["tomorrow", "2020-13-01T00:00:00Z", 5, "9999-01-01T00:00:00Z", "2026-01-01"],
    "seed": ["7", -1, 1.5, 2**53, True],
    "options": [[], "x", {"no_such_option": 1}],
    "metadata": [[], "x", {"a": 1}, {str(n): "x" for n in range(17)}, {"k" * 65: "v"}, {"k": "v" * 501}],
    "idempotency_key": [5, "x" * 256, {}],
    "items": ["x", [], [1], [{"prompt": " "}], [{"name": "x"}], [{"prompt": "x", "colour": "red"}]],
    "templates": ["x", [1], [{"name": "x"}], [{"name": "x", "prompt": " "}], [{"name": "", "prompt": "x"}]],
    "favourite": ["yes", 1],
    "version": ["1", -1, 99, 1.5],
    "document": [{"a": "x" * 1_100_000}],
    "object_key": [5, "", "x" * 1001],
    "thumbnail_key": [5, "x" * 1001],
    "content_type": ["image/gif", "text/html", 5],
    "bytes": [0, -1, "9", 1.5],
    "width": [0, "9", 1.5],
    "height": [0, "9", 1.5],
    "sha256": ["ab", "zz" * 32, 5],
    "expires_in": [0, -1, "60", 1.5, 31_536_001],
    "image_ids": [5, "x", {}, ["x"], [5], [NOBODY], [NOBODY] * 1001],
    "generation_ids": ["x", ["x"], [NOBODY], [NOBODY] * 1001],
    "card_ids": ["x", ["x"], [NOBODY], [NOBODY] * 1001],
    "batch_id": IDS,
    "max_priority": [-1, 11, "1"],
    "max_active_jobs": [-1, "1", 1.5],
    "storage_quota": [-1, "1"],
    "operator": ["yes", 1],
}  # fmt: skip
# What a list cannot be filtered by. Filters come from query strings, so that "5" is as good as 5; an unknown id
# matches nothing.
WRONG_IN_FILTERS: dict[str, list[Any]] = {
    **{f"{kind}_id": [5, "x", [NOBODY], {}]
       for kind in ("project", "batch", "collection", "conversation", "card", "image", "source_image")},
    "limit": [0, 201, "five", 1.5, -1, {}],
    "cursor": [5, "x", "eyJ4IjoxfQ", "x" * 10_000],
    "sort": ["sideways", 5],
    "status": ["no such status", 5],
    "category": ["no such category", 5],
    "layout": ["round", 5],
    "q": [[], {}, "x" * 10_000],
    "model": [[], {}, "x" * 10_000],
    "aspect_ratio": [[], {}],
    "from": ["yesterday", 5],
    "to": ["tomorrow", 5],
    "active": ["yes", 1],
    "viewed": ["yes", 1],
    "favourite": ["yes", 1],
    "kind": ["no such kind", 5],
    "reason": ["no such reason", 5],
    "capability": ["no such capability", 5],
}  # fmt: skip
REFUSALS = {
    ("DR422", "invalid-request"),
    ("DR404", "not-found"),
    ("DR422", "model-cannot-edit"),
    ("DR409", "version-conflict"),
    ("DR413", "too-large"),
}


@pytest.fixture(scope="module")
def observer(shared_database: str) -> Iterator[Connection]:
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        yield conn


@pytest.fixture(scope="module")
def world(observer: Connection) -> World:
    return build(observer)


def known_fields(conn: Connection, function: str, types: dict[str, str], args: dict[str, Any], name: str) -> list[str]:
    """As the function itself lists them when it is sent another."""
    with pytest.raises(psycopg.Error) as refused:
        invoke(conn, function, types, args | {name: Jsonb({"no_such_field": 1})})
    hint = refused.value.diag.message_hint or ""
    assert hint.startswith("Known fields: "), f"{function}: {refused.value}"
    return hint.removeprefix("Known fields: ").rstrip(".").split(", ")


# Lists of things, which are looked at in test_bad_input, and the catalogue, which test_models is about.
NO_FIELDS = {
    "bulk", "deliver_events", "claim_jobs", "heartbeat", "complete_job", "complete_jobs", "fail_jobs", "release_jobs",
    "set_model", "tally_jobs", "ring_progress",
}  # fmt: skip


def test_every_field_of_every_request(observer: Connection, shared_database: str, world: World) -> None:
    before, problems, tried = checksum(observer), [], 0
    with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
        conn.execute("select set_config('darkroom.user_id', %s, false)", (str(world.ann.user),))
        for function, args in good_calls(world, None).items():
            types = parameters(observer, function)
            for name in (n for n, t in types.items() if t == "jsonb" and function not in NO_FIELDS):
                wrong = WRONG_IN_FILTERS if name == "p_filter" else WRONG
                for field in known_fields(conn, function, types, args, name):
                    assert field in wrong, f"{function} has a field {field} that is not tried"
                    for bad in wrong[field]:
                        tried += 1
                        problem = taken(conn, function, types, args, name, field, bad)
                        problems += [f"{function} {field} = {str(bad)[:50]!r}: {problem}"] if problem else []
    assert not problems, "\n".join(problems)
    assert tried > 400
    assert checksum(observer) == before


def taken(
    conn: Connection, function: str, types: dict[str, str], args: dict[str, Any], name: str, field: str, bad: Any
) -> str | None:
    """What is wrong with how a request with this field is answered, or null."""
    request = args[name].obj | {field: bad}
    if field == "collection_id":
        request.pop("items", None)  # a batch has one or the other
    try:
        with conn.transaction(force_rollback=True):
            answer = invoke(conn, function, types, args | {name: Jsonb(request)})
    except psycopg.Error as error:
        diag = error.diag
        if (diag.sqlstate, diag.constraint_name) not in REFUSALS:
            return f"{diag.sqlstate} {diag.constraint_name} {diag.message_primary}"
        if not (diag.column_name or "").startswith(f"/{field}") and diag.sqlstate != "DR404":
            return f"pointer {diag.column_name}: {diag.message_primary}"
        return None
    return f"taken: {str(answer)[:80]}"
