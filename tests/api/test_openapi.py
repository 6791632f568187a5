"""The OpenAPI document: valid, complete, true to the code; and the pages that people read."""

from __future__ import annotations

import html.parser
import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema_rs
import msgspec
import pytest
import schemathesis

from api import examples, problems
from api.operations import JSON_TYPE
from api.problem_kinds import EXPLAINED, FACTS
from api.routes import OPERATIONS
from tests.api import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.processes import Api

OTHER_WORDS = ["openai"]  # the tag of operations that speak as another API does


@pytest.fixture(scope="module")
def document(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{api.url}/openapi.json").raise_for_status().json()
    return found


def described(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def referred(document: dict[str, Any], part: dict[str, Any]) -> Any:
    for name in part["$ref"].removeprefix("#/").split("/") if "$ref" in part else ():
        document = document[name]
        part = document
    return part


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_operation_is_in_it(document: dict[str, Any]) -> None:
    there = {(path, method.upper()) for path, method, _ in described(document)}

    assert there == {(f"/v1{each.template}", each.method) for each in OPERATIONS}
    ids = [operation["operationId"] for _, _, operation in described(document)]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere_and_every_component_is_used(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    used = set(re.findall(r'"\$ref": "#/components/([^"]+)"', text))
    there = {f"{kind}/{name}" for kind, parts in document["components"].items() for name in parts}

    assert used <= there
    unused = {each for each in there - used if not each.startswith(("securitySchemes/", "examples/"))}
    assert unused == set()


def test_everything_says_what_it_is(document: dict[str, Any]) -> None:
    for path, method, operation in described(document):
        place = f"{method} {path}"
        assert operation["summary"], place
        assert operation["tags"][0] in {tag["name"] for tag in document["tags"]}, place
        for status, answer in operation["responses"].items():
            assert referred(document, answer)["description"], f"{place} {status}"
    assert [tag["name"] for tag in document["tags"] if not tag["description"]] == []
    assert [name for name, schema in document["components"]["schemas"].items() if not schema["description"]] == []


def test_every_refusal_is_a_problem_with_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in described(document):
        if operation["tags"] == OTHER_WORDS:
            continue
        for status, answer in operation["responses"].items():
            if status < "400":
                continue
            content = referred(document, answer)["content"]
            assert list(content) == ["application/problem+json"]
            for kind, example in content["application/problem+json"]["examples"].items():
                value = referred(document, example)["value"]
                assert (value["type"], str(value["status"])) == (f"/problems/{kind}", status), f"{method} {path}"
                assert contract.validator(content["application/problem+json"]["schema"]).is_valid(value)


def test_refusals_in_the_words_of_others_have_examples_too(document: dict[str, Any]) -> None:
    # What is refused before it is known what was called is told in words of ours.
    refusals = [
        answer
        for _, _, operation in described(document)
        for status, answer in operation["responses"].items()
        if operation["tags"] == OTHER_WORDS and status >= "400" and "$ref" not in answer
    ]
    assert len(refusals) > 10
    for answer in refusals:
        (content,) = answer["content"].values()
        assert content["examples"].keys() <= problems.KINDS.keys()
        assert all(
            contract.validator(content["schema"]).is_valid(each["value"]) for each in content["examples"].values()
        )


def test_what_everybody_may_meet_is_told_of_everything(document: dict[str, Any]) -> None:
    for path, method, operation in described(document):
        statuses = set(operation["responses"])
        invalid = "400" if operation["tags"] == OTHER_WORDS else "422"
        assert {invalid, "400", "429", "431", "503"} <= statuses, f"{method} {path}"
        if "requestBody" in operation:
            assert "408" in statuses, f"{method} {path}"
        assert "401" in statuses or operation.get("security") == [], f"{method} {path}"
        if method != "get":
            assert "403" in statuses, f"{method} {path}"
        if "{" in path:
            assert "404" in statuses, f"{method} {path}"


def test_headers_that_are_understood_are_told(document: dict[str, Any]) -> None:
    told = {
        operation["operationId"]: {
            parameter["name"]
            for parameter in (referred(document, each) for each in operation.get("parameters", ()))
            if parameter["in"] == "header"
        }
        for _, _, operation in described(document)
    }

    of_files = {"Range", "If-Range", "If-None-Match"}
    assert {name for name, headers in told.items() if headers & of_files} == {
        "get_image_file", "get_upload_file", "open_link",
    }  # fmt: skip
    assert {name for name, headers in told.items() if "Last-Event-ID" in headers} == {"stream_events"}
    assert told["open_link"] == of_files
    assert told["create_generation"] == {"Idempotency-Key", "Prefer"}


def test_examples_of_answers_are_of_their_shape(document: dict[str, Any]) -> None:
    shown = 0
    for path, method, operation in described(document):
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get(JSON_TYPE)
            for example in (content or {}).get("examples", {}).values() if status < "400" else ():
                value = referred(document, example)["value"]
                problems_ = [each.message for each in contract.validator(content["schema"]).iter_errors(value)]
                assert problems_ == [], f"{method} {path}"
                shown += 1
    assert shown > 50


def test_examples_of_requests_are_accepted(document: dict[str, Any]) -> None:
    for kind, example in examples.REQUESTS.items():
        msgspec.convert(example, kind)
    for path, method, operation in described(document):
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if media == JSON_TYPE:
                assert "example" in content, f"{method} {path}"
                schema = content["schema"] | {"components": document["components"]}
                assert jsonschema_rs.is_valid(schema, content["example"]), f"{method} {path}"


def test_fields_of_answers_are_always_there_or_marked() -> None:
    """What clients generated from the document rely on; few fields may be missing, and these are the ones."""
    optional = {
        name: sorted(schema["properties"].keys() - set(schema.get("required", ())))
        for name, schema in contract.documented()["components"]["schemas"].items()
        if "properties" in schema and "additionalProperties" not in schema
    }
    mine = {name: fields for name, fields in optional.items() if fields}

    assert {name: mine[name] for name in ("GenerationDetail", "CreatedAgain", "Outcome", "Settings")} == {
        "GenerationDetail": ["conversations", "lineage"],
        "CreatedAgain": ["conversation", "dropped_references"],
        "Outcome": ["error"],
        "Settings": ["aspect_ratio", "options", "priority", "resolution", "seed"],
    }
    assert not {"Generation", "Image", "Job", "Card", "Batch", "BatchItem", "Conversation", "Me"} & mine.keys()


def test_every_kind_of_problem_is_explained() -> None:
    assert EXPLAINED.keys() == problems.KINDS.keys()
    assert FACTS.keys() <= problems.KINDS.keys()


@pytest.mark.parametrize("kind", sorted(problems.KINDS))
def test_every_kind_of_problem_has_a_page(api: Api, kind: str) -> None:
    for_programs = httpx.get(f"{api.url}/problems/{kind}").raise_for_status()
    for_people = httpx.get(f"{api.url}/problems/{kind}", headers={"Accept": "text/html,*/*;q=0.8"}).raise_for_status()

    assert for_programs.json()["type"] == f"/problems/{kind}"
    assert for_programs.json()["detail"]
    assert for_people.headers["content-type"].startswith("text/html")
    assert problems.KINDS[kind][1] in for_people.text


def test_there_is_no_page_of_no_problem(api: Api) -> None:
    answer = httpx.get(f"{api.url}/problems/of-mine")

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


class Reader(html.parser.HTMLParser):
    """What a page loads, where it leads, and what it names."""

    VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in {"script", "link", "img", "iframe"} or "src" in given:
            self.loads.append(tag)
        if tag == "a" and given.get("href"):
            self.links.add(str(given["href"]))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_loads_nothing_and_leads_everywhere(api: Api, document: dict[str, Any]) -> None:
    answer = httpx.get(f"{api.url}/docs").raise_for_status()
    reader = Reader()
    reader.feed(answer.text)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert reader.loads == []
    assert "url(" not in answer.text
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    inside = {link[1:] for link in reader.links if link.startswith("#")}
    assert inside <= set(reader.ids)
    assert {operation["operationId"] for _, _, operation in described(document)} <= set(reader.ids)
    outside = {link for link in reader.links if not link.startswith("#")}
    assert {httpx.get(f"{api.url}{link}").status_code for link in outside} == {200}


def test_the_documents_need_no_sign_in_and_stand_under_v1_too(api: Api) -> None:
    for path in ("/openapi.json", "/docs"):
        assert httpx.get(f"{api.url}/v1{path}").content == httpx.get(f"{api.url}{path}").content
