"""The API against its own document, with requests that were made from it: right ones, and wrong ones.

Whatever is sent, nothing is a 500, and each answer has a status, headers and a shape that the document names. A request
that breaks what the document says is refused. Half of the ids are real, so that requests get beyond a 404.

The requests are the same every time (derandomize), so a failure is one of the change at hand; HYPOTHESIS_PROFILE=long
throws new dice, for longer.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from psycopg.rows import dict_row
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from tests.api import pictures
from tests.api.calls import Ids, person
from tests.api.contract import documented
from tests.api.processes import Api, running_api
from tests.painter import Painter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import APIOperation, Case

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SETTINGS = settings(
    max_examples=200 if LONG else 6,
    derandomize=not LONG,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
BODY = ParameterLocation.BODY
# HTTP's own, which decide what a request is before any route is asked; now and then a made-up header is one of them.
FRAMING = {"connection", "content-length", "expect", "host", "transfer-encoding", "upgrade"}
PICTURES = {"file", "image", "mask"}
FIELDS = {"image", "upload", "project", "collection", "batch"}
SCHEMA = schemathesis.openapi.from_dict(documented())
SCHEMA.config.max_stream_events = 1  # a stream goes on for ever: its first event is enough
OPERATIONS: dict[str, APIOperation[Any, Any, Any, Any]] = {
    each.ok().label: each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)
}


@pytest.fixture(scope="module")
def place(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, str, Ids]]:
    """An API, a key, and what its user has."""
    folder = tmp_path_factory.mktemp("api")
    with (
        psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as db,
        running_api(shared_database, folder, rate_limit="0") as api,
    ):
        http, ids = person(api, db, "ann")
        with http:
            yield api, http.headers["authorization"], ids


@pytest.fixture(scope="module")
def painter(place: tuple[Api, str, Ids], shared_database: str) -> Iterator[Painter]:
    with contextlib.closing(Painter(shared_database, place[0].log.parent)) as painter:
        yield painter


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_it_keeps_to_its_document(
    place: tuple[Api, str, Ids], painter: Painter, label: str, mode: GenerationMode
) -> None:
    api, key, ids = place
    operation = OPERATIONS[label]

    @SETTINGS
    @given(case=operation.as_strategy(generation_mode=mode))
    def keeps_to_it(case: Case[Any]) -> None:
        wrong = case.meta is not None and BODY in case.meta.components and case.meta.components[BODY].mode.is_negative
        aim(case, ids)
        if not wrong:
            bring_pictures(case.body)
        for name in [name for name in case.headers if name.lower() in FRAMING | {"prefer"}]:
            del case.headers[name]
        case.headers["Authorization"] = key
        case.call_and_validate(base_url=api.url, checks=CHECKS + ([checks.negative_data_rejection] if wrong else []))

    # OpenAI's calls answer when their images are there.
    with painter.at_work() if operation.definition.raw["tags"] == ["openai"] else contextlib.nullcontext():
        keeps_to_it()


def aim(case: Case[Any], ids: Ids) -> None:
    """Put ids of real things into half of the places that take one, and take out what would make it wait."""
    given: dict[str, Any] = case.path_parameters or {}
    for name, value in given.items():
        if name in ("id", "card_id") and is_id(value) and zlib.crc32(str(value).encode()) % 2:
            given[name] = thing(case.path.split("/")[2], str(given.get("kind", "")), ids)
    if isinstance(case.query, dict):
        case.query.pop("wait", None)
        if case.path.endswith("/stream"):
            case.query.setdefault("after", 0)  # or nothing would come
    fill(case.body, ids)


def thing(noun: str, kind: str, ids: Ids) -> str:
    there = {
        "generations": ids.failed,
        "images": ids.image,
        "history": ids.card,
        "batches": ids.batch,
        "collections": ids.collection,
        "projects": ids.project,
        "conversations": ids.conversation,
        "jobs": ids.job,
        "trash": {"generation": ids.trashed, "conversation": ids.trashed_conversation}.get(kind, ids.trashed_image),
    }
    return there.get(noun, ids.upload)


def fill(body: Any, ids: Ids) -> None:
    for name, value in body.items() if isinstance(body, dict) else ():
        if name.removesuffix("_id") in FIELDS and is_id(value) and zlib.crc32(str(value).encode()) % 2:
            body[name] = getattr(ids, name.removesuffix("_id"))
        fill(value, ids)
    for each in body if isinstance(body, list) else ():
        fill(each, ids)


def bring_pictures(form: Any) -> None:
    """Most of the files that are sent are pictures: nobody throws one with dice."""
    for part in PICTURES.intersection(form) if isinstance(form, dict) else ():
        if zlib.crc32(str(form[part]).encode()) % 4:
            form[part] = pictures.GOOD


def is_id(value: Any) -> bool:
    try:
        return bool(UUID(str(value))) or True
    except ValueError:
        return str(value).isdigit()
