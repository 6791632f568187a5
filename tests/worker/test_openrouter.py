"""What openrouter is asked for pictures and captions, and what its completions mean."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.worker.calling import PROMPT, SECRET, call_of, make, references
from tests.worker.provider_server import ProviderServer, provider_server
from worker.providers.openrouter import CAPTION_CHARACTERS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.worker.calling import Outcome

URL_OF_FIRST = "data:image/png;base64,iVBORwA="
SMALL = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture(scope="module")
def running() -> Iterator[ProviderServer]:
    with provider_server() as server:
        yield server


@pytest.fixture
def server(running: ProviderServer) -> ProviderServer:
    running.forget()
    return running


def asked(server: ProviderServer, **how: Any) -> Any:
    make(server, "openrouter", call_of("openrouter", **how))
    return server.seen("openrouter", "create")[-1].body


def told(server: ProviderServer, **completion: Any) -> Outcome:
    """What such a completion comes to."""
    server.fault("openrouter", "answer", body=completion)
    return make(server, "openrouter")


def caption(server: ProviderServer, **how: Any) -> Outcome:
    return make(
        server, "openrouter", call_of("openrouter", kind="caption", model="openai/gpt-4.1", **how), do="caption"
    )


def test_a_picture_is_asked_for_in_a_chat(server: ProviderServer) -> None:
    made = make(server, "openrouter").picture
    request = server.seen("openrouter", "create")[0]

    assert (made.seed, made.cost) == (7, Decimal("0.039"))
    assert request.path == "/openrouter/api/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.body == {
        "model": "google/gemini-2.5-flash-image",
        "messages": [{"role": "user", "content": [{"type": "text", "text": PROMPT}]}],
        "modalities": ["image", "text"],
        "image_config": {"aspect_ratio": "1:1"},
        "seed": 7,
        "stream": False,
    }


def test_ratio_and_resolution_are_the_image_config(server: ProviderServer) -> None:
    given = asked(server, aspect_ratio="21:9", resolution="4K")

    assert given["image_config"] == {"aspect_ratio": "21:9", "image_size": "4K"}


def test_pictures_come_after_the_words(server: ProviderServer) -> None:
    call = call_of("openrouter", references=references("source", "manual"))
    make(server, "openrouter", call, do="edit")
    parts = server.seen("openrouter", "create")[0].body["messages"][0]["content"]

    assert [part["type"] for part in parts] == ["text", "image_url", "image_url"]
    assert parts[1]["image_url"]["url"] == URL_OF_FIRST


def test_a_mask_is_not_taken_for_a_picture(server: ProviderServer) -> None:
    error = make(server, "openrouter", call_of("openrouter", references=references("source", "mask"))).error

    assert error.failure == "invalid"
    assert server.seen() == []


def test_options_go_along_but_change_nothing_of_ours(server: ProviderServer) -> None:
    options = {"model": "x", "messages": [], "modalities": ["text"], "stream": True, "n": 4, "temperature": 0.5}
    given = asked(server, options=options)

    assert given["model"] == "google/gemini-2.5-flash-image"
    assert given["messages"][0]["content"][0]["text"] == PROMPT
    assert (given["modalities"], given["stream"], given["temperature"]) == (["image", "text"], False, 0.5)
    assert "n" not in given


@pytest.mark.parametrize(
    "model", ["black-forest-labs/flux.2-flex", "bytedance-seed/seedream-4.5", "sourceful/riverflow-v2-fast"]
)
def test_models_that_only_draw_are_asked_for_pictures_alone(server: ProviderServer, model: str) -> None:
    assert asked(server, model=model)["modalities"] == ["image"]


@pytest.mark.parametrize(
    ("model", "first", "second"),
    [
        ("newcomer/draws-only", ["image", "text"], ["image"]),
        ("black-forest-labs/flux-that-speaks", ["image"], ["image", "text"]),
    ],
)
def test_a_model_that_puts_out_something_else_is_asked_once_more(
    server: ProviderServer, model: str, first: list[str], second: list[str]
) -> None:
    message = f"No endpoints found that support the requested output modalities: {', '.join(first)}"
    server.fault("openrouter", "answer", status=404, body={"error": {"message": message, "code": 404}})

    assert make(server, "openrouter", call_of("openrouter", model=model)).picture.content
    assert [one.body["modalities"] for one in server.seen("openrouter", "create")] == [first, second]

    server.fault("openrouter", "answer", status=404, times=2, body={"error": {"message": message, "code": 404}})

    assert make(server, "openrouter", call_of("openrouter", model=model)).error.failure == "invalid"
    assert len(server.seen("openrouter", "create")) == 4


@pytest.mark.parametrize(
    "images",
    [
        [{"type": "image_url", "image_url": {"url": SMALL}}],
        [{"type": "image_url", "imageUrl": {"url": SMALL}}],
        [{"image_url": SMALL}, {"image_url": "data:image/png;base64,AAAA"}],
    ],
)
def test_pictures_come_in_several_shapes(server: ProviderServer, images: Any) -> None:
    outcome = told(server, choices=[{"message": {"content": None, "images": images}}])

    assert outcome.picture.content == b"\x89PNG\r\n\x1a\n"
    assert outcome.picture.cost is None


def test_a_picture_may_be_kept_at_the_providers(server: ProviderServer) -> None:
    url = f"{server.url}/files/3.png"

    assert told(server, choices=[{"message": {"images": [{"image_url": {"url": url}}]}}]).picture.content


@pytest.mark.parametrize("usage", [None, {}, {"cost": "cheap"}, {"cost": -1}, {"cost": True}, {"cost": None}])
def test_a_cost_that_is_none_is_none(server: ProviderServer, usage: Any) -> None:
    choices = [{"message": {"images": [{"image_url": {"url": SMALL}}]}}]

    assert told(server, choices=choices, usage=usage).picture.cost is None


@pytest.mark.parametrize(
    ("choice", "failure"),
    [
        ({"message": {"content": "I would rather not."}, "finish_reason": "stop"}, "transient"),
        ({"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"}, "transient"),
        ({"message": {"content": "", "images": []}, "finish_reason": "length"}, "transient"),
        ({"message": {"images": [{}]}}, "transient"),
        ({"message": None}, "transient"),
        ({"message": {"content": ""}, "finish_reason": "content_filter"}, "moderated"),
        ({"message": {"content": ""}, "finish_reason": "stop", "native_finish_reason": "IMAGE_SAFETY"}, "moderated"),
        (
            {"message": {"content": ""}, "finish_reason": "error", "native_finish_reason": "PROHIBITED_CONTENT"},
            "moderated",
        ),
        ({"finish_reason": "error", "error": {"code": 502, "message": "Upstream error"}}, "transient"),
        ({"finish_reason": "error", "error": {"code": 403, "message": "Refused"}}, "moderated"),
    ],
)
def test_a_reply_without_a_picture_is_judged_by_how_it_ended(
    server: ProviderServer, choice: dict[str, Any], failure: str
) -> None:
    assert told(server, choices=[choice]).error.failure == failure
    assert len(server.seen("openrouter", "create")) == 1


def test_what_a_model_says_in_place_of_a_picture_is_for_operators(server: ProviderServer) -> None:
    error = told(server, choices=[{"message": {"content": f"I will not draw {PROMPT}, as it is dull."}}]).error

    assert "as it is dull" in error.message
    assert PROMPT not in error.message


@pytest.mark.parametrize("completion", [{}, {"choices": []}, {"choices": None}])
def test_a_reply_without_a_choice_is_transient(server: ProviderServer, completion: dict[str, Any]) -> None:
    assert told(server, **completion).error.failure == "transient"


@pytest.mark.parametrize(
    ("code", "message", "failure"),
    [
        (400, "Bad size", "invalid"),
        (400, "The prompt was flagged", "moderated"),
        (401, "User not found.", "token_rejected"),
        (402, "Insufficient credits", "token_rejected"),
        (403, "Refused", "moderated"),
        (403, "Key limit exceeded", "token_rejected"),
        (408, "Timed out", "transient"),
        (429, "Rate limited", "rate_limited"),
        ("429", "Rate limited", "rate_limited"),
        (502, "Bad gateway", "transient"),
        (503, "Nobody is there", "transient"),
        (None, "Something", "transient"),
        ("server_error", "Something", "transient"),
        ("4" * 5_000, "Something", "transient"),
    ],
)
def test_an_error_within_a_200_counts_by_its_code(
    server: ProviderServer, code: Any, message: str, failure: str
) -> None:
    outcome = told(server, error={"code": code, "message": message})

    assert outcome.error.failure == failure
    assert message in outcome.error.message


def test_moderation_is_no_bad_key(server: ProviderServer) -> None:
    metadata = {"reasons": ["violence"], "flagged_input": PROMPT, "provider_name": "OpenAI"}
    body = {"error": {"code": 403, "message": "Your input was refused", "metadata": metadata}}
    server.fault("openrouter", "answer", status=403, body=body)

    error = make(server, "openrouter").error

    assert error.failure == "moderated"
    assert "violence" in error.message
    assert PROMPT not in error.message


def test_a_wait_may_stand_in_the_error_itself(server: ProviderServer) -> None:
    headers = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "45"}
    message = "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"
    outcome = told(server, error={"code": 429, "message": message, "metadata": {"headers": headers}})

    assert (outcome.error.failure, outcome.error.retry_after) == ("rate_limited", 45)


def test_a_caption_is_written_by_a_text_model(server: ProviderServer) -> None:
    outcome = caption(server, options={"temperature": 9, "quality": "high"}, seed=3)
    body = server.seen("openrouter", "create")[0].body

    assert outcome.caption.text == "A fine day, all in all. #fine #day"
    assert outcome.caption.cost == Decimal("0.039")
    assert outcome.remembered == []
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"] == PROMPT
    # A post's options are its pictures'.
    assert set(body) == {"model", "messages", "max_tokens", "stream"}


def test_a_caption_may_come_in_parts(server: ProviderServer) -> None:
    parts = [{"type": "text", "text": " Fog. "}, {"type": "reasoning"}, {"type": "text", "text": "#fog\n"}]
    server.fault("openrouter", "answer", body={"choices": [{"message": {"content": parts}}]})

    assert caption(server).caption.text == "Fog. #fog"


def test_a_caption_has_an_end(server: ProviderServer) -> None:
    server.fault("openrouter", "answer", body={"choices": [{"message": {"content": "#fog " * 9_000}}]})

    assert len(caption(server).caption.text) <= CAPTION_CHARACTERS_MAX


@pytest.mark.parametrize(
    ("choice", "failure"),
    [
        ({"message": {"content": " \n"}, "finish_reason": "stop"}, "transient"),
        ({"message": {"content": None, "refusal": "I must not."}}, "transient"),
        ({"message": {"content": ""}, "finish_reason": "content_filter"}, "moderated"),
        ({"error": {"code": 429, "message": "Slow down"}}, "rate_limited"),
    ],
)
def test_no_caption_is_a_failure(server: ProviderServer, choice: dict[str, Any], failure: str) -> None:
    server.fault("openrouter", "answer", body={"choices": [choice]})

    assert caption(server).error.failure == failure


def test_the_image_api_is_asked_for_models_that_say_so(server: ProviderServer) -> None:
    call = call_of(
        "openrouter",
        model="images:bytedance-seed/seedream-4.5",
        aspect_ratio="4:3",
        resolution="2K",
        references=references("source"),
        options={"quality": "high", "stream": True, "prompt": "x"},
    )
    made = make(server, "openrouter", call, do="edit").picture
    request = server.seen("openrouter", "create")[0]

    assert made.content.startswith(b"\x89PNG")
    assert made.cost == Decimal("0.02")
    assert request.path == "/openrouter/api/v1/images"
    assert request.body == {
        "model": "bytedance-seed/seedream-4.5",
        "prompt": PROMPT,
        "aspect_ratio": "4:3",
        "resolution": "2K",
        "input_references": [{"type": "image_url", "image_url": {"url": URL_OF_FIRST}}],
        "quality": "high",
    }


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ({"data": []}, "transient"),
        ({"data": [{}]}, "transient"),
        ({}, "transient"),
        ({"error": {"code": 403, "message": "Refused"}}, "moderated"),
        ({"error": {"code": 402, "message": "No credits"}}, "token_rejected"),
    ],
)
def test_the_image_api_fails_in_the_same_classes(server: ProviderServer, body: dict[str, Any], failure: str) -> None:
    server.fault("openrouter", "answer", body=body)
    assert make(server, "openrouter", call_of("openrouter", model="images:a/b")).error.failure == failure

    server.fault("openrouter", "limited")
    assert make(server, "openrouter", call_of("openrouter", model="images:a/b")).error.failure == "rate_limited"
