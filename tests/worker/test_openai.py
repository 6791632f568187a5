"""What openai is asked as JSON and as a form, and what its replies mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.worker.calling import PROMPT, SECRET, call_of, make, references
from tests.worker.provider_server import ProviderServer, provider_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[ProviderServer]:
    with provider_server() as server:
        yield server


@pytest.fixture
def server(running: ProviderServer) -> ProviderServer:
    running.forget()
    return running


def asked(server: ProviderServer, **how: Any) -> Any:
    make(server, "openai", call_of("openai", **how))
    return server.seen("openai", "create")[-1].body


def test_a_picture_is_generated_from_json(server: ProviderServer) -> None:
    made = make(server, "openai").picture
    request = server.seen("openai", "create")[0]

    assert made.content.startswith(b"\x89PNG")
    assert made.revised_prompt == "as it was"
    assert (made.seed, made.cost) == (None, None)  # it takes none, and tells none
    assert request.path == "/openai/v1/images/generations"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.body == {"model": "gpt-image-1.5", "prompt": PROMPT, "n": 1, "size": "1024x1024"}


@pytest.mark.parametrize(
    ("model", "ratio", "resolution", "size"),
    [
        ("gpt-image-1.5", "16:9", "1K", "1536x1024"),
        ("gpt-image-1.5", "2:3", "4K", "1024x1536"),
        ("gpt-image-1-mini", "auto", "1K", "auto"),
        ("gpt-image-1", "nonsense", "1K", "auto"),
        ("gpt-image-1", "0:1", "1K", "auto"),
        ("dall-e-3", "16:9", "1K", "1792x1024"),
        ("dall-e-3", "9:16", "1K", "1024x1792"),
        ("dall-e-2", "16:9", "1K", "1024x1024"),
        ("gpt-image-2", "1:1", "1K", "1024x1024"),
        ("gpt-image-2", "1:1", "2K", "2048x2048"),
        ("gpt-image-2", "16:9", "4K", "3840x2160"),
        ("gpt-image-2", "9:16", "4K", "2160x3840"),
        ("gpt-image-2", "16:9", "1K", "1360x768"),
        ("gpt-image-2", "3:1", "4K", "3840x1280"),
        ("gpt-image-2", "auto", "4K", "auto"),
        ("a-model-of-our-own", "3:2", "1K", "1536x1024"),
    ],
)
def test_each_model_is_asked_for_a_size_it_has(
    server: ProviderServer, model: str, ratio: str, resolution: str, size: str
) -> None:
    assert asked(server, model=model, aspect_ratio=ratio, resolution=resolution)["size"] == size


def test_only_dall_e_is_told_how_to_reply(server: ProviderServer) -> None:
    assert asked(server, model="dall-e-3")["response_format"] == "b64_json"
    assert "response_format" not in asked(server)


def test_options_go_along_but_buy_one_picture_of_this_prompt(server: ProviderServer) -> None:
    options = {
        "prompt": "x",
        "model": "x",
        "n": 9,
        "stream": True,
        "partial_images": 3,
        "quality": "high",
        "size": "auto",
    }
    given = asked(server, options=options)

    assert given == {"model": "gpt-image-1.5", "prompt": PROMPT, "n": 1, "size": "auto", "quality": "high"}


def test_an_edit_is_a_form_with_the_picture(server: ProviderServer) -> None:
    options = {"quality": "high", "output_compression": 80, "transparent": True, "n": 9}
    call = call_of("openai", references=references("source"), options=options)
    made = make(server, "openai", call, do="edit").picture
    request = server.seen("openai", "create")[0]
    fields = {part["name"]: part["value"] for part in request.body if part["filename"] is None}
    files = [part for part in request.body if part["filename"]]

    assert made.content.startswith(b"\x89PNG")
    assert request.path == "/openai/v1/images/edits"
    assert fields == {
        "model": "gpt-image-1.5",
        "prompt": PROMPT,
        "n": "1",
        "size": "1024x1024",
        "quality": "high",
        "output_compression": "80",
        "transparent": "true",
    }
    assert files == [{"name": "image", "filename": "0.png", "type": "image/png", "value": 5}]


def test_several_pictures_and_the_mask_are_parts_of_it(server: ProviderServer) -> None:
    given = asked(server, references=references("mask", "source", "previous_turn"))

    assert [part["name"] for part in given if part["filename"]] == ["image[]", "image[]", "mask"]


@pytest.mark.parametrize("roles", [("mask",), ("source", "mask", "mask")])
def test_masks_without_their_picture_are_not_sent(server: ProviderServer, roles: tuple[str, ...]) -> None:
    assert make(server, "openai", call_of("openai", references=references(*roles))).error.failure == "invalid"
    assert server.seen() == []


def test_words_of_any_language_go_along(server: ProviderServer) -> None:
    prompt = 'маяк "в тумане"\r\n--boundary; name="x"\n🕯'
    given = asked(server, prompt=prompt, references=references("source"))

    assert {part["name"]: part["value"] for part in given}["prompt"] == prompt
    assert asked(server, prompt=prompt)["prompt"] == prompt


def test_a_picture_may_be_kept_at_the_providers(server: ProviderServer) -> None:
    server.fault("openai", "answer", body={"data": [{"url": f"{server.url}/files/4.png"}]})

    made = make(server, "openai").picture

    assert made.content.startswith(b"\x89PNG")
    assert made.revised_prompt is None


@pytest.mark.parametrize("data", [None, [], [{}], [{"b64_json": "", "url": ""}], [{"b64_json": "!!"}]])
def test_a_reply_without_a_picture_is_transient(server: ProviderServer, data: Any) -> None:
    server.fault("openai", "answer", body={"created": 1, "data": data})

    assert make(server, "openai").error.failure == "transient"


@pytest.mark.parametrize(
    ("status", "message", "code", "failure"),
    [
        (400, "Your request was rejected by the safety system.", "moderation_blocked", "moderated"),
        (400, "Your request was rejected.", "moderation_blocked", "moderated"),
        (400, "Rejected", "content_policy_violation", "moderated"),
        (400, "Unknown parameter: 'moderation'.", "unknown_parameter", "invalid"),
        (400, "Billing hard limit has been reached", "billing_hard_limit_reached", "token_rejected"),
        (404, "No such model", "model_not_found", "invalid"),
        (413, "Too large", None, "invalid"),
        (409, "Conflict", None, "transient"),
        (429, "You exceeded your current quota", "insufficient_quota", "token_rejected"),
        (429, "Your account is not active", "billing_not_active", "token_rejected"),
        (429, "Slow down", "slow_down", "rate_limited"),
        (500, "Oops", None, "transient"),
        (503, "Overloaded", "insufficient_capacity", "transient"),
    ],
)
def test_refusals_count_by_status_and_code(
    server: ProviderServer, status: int, message: str, code: str | None, failure: str
) -> None:
    body = {"error": {"message": message, "type": "some_error", "param": None, "code": code}}
    server.fault("openai", "answer", status=status, body=body)

    error = make(server, "openai").error

    assert error.failure == failure
    assert message in error.message
