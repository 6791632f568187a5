"""What fal's queue is asked, and what its statuses and results mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.worker.calling import PROMPT, QUICK, SECRET, call_of, make, references
from tests.worker.provider_server import ProviderServer, provider_server

if TYPE_CHECKING:
    from collections.abc import Iterator

URL_OF_FIRST = "data:image/png;base64,iVBORwA="
URL_OF_SECOND = "data:image/png;base64,iVBORwE="


@pytest.fixture(scope="module")
def running() -> Iterator[ProviderServer]:
    with provider_server() as server:
        yield server


@pytest.fixture
def server(running: ProviderServer) -> ProviderServer:
    running.forget()
    return running


def asked(server: ProviderServer, **how: Any) -> Any:
    make(server, "fal", call_of("fal", **how))
    return server.seen("fal", "create")[-1].body


def test_a_request_is_submitted_looked_at_and_fetched(server: ProviderServer) -> None:
    outcome = make(server, "fal")
    created, polled, fetched = (server.seen("fal", step)[0] for step in ("create", "poll", "result"))
    places = msgspec.json.decode(outcome.remembered[0])

    assert outcome.picture.seed == 7
    assert created.path == "/fal/fal-ai/flux/dev"
    assert created.headers["authorization"] == f"Key {SECRET}"
    assert created.headers["x-fal-request-timeout"] == f"{QUICK.seconds_max:.0f}"
    size = {"width": 1024, "height": 1024}
    assert created.body == {"prompt": PROMPT, "image_size": size, "num_images": 1, "seed": 7}
    # The path of the model is no part of the request's own: the addresses are taken as they are given.
    assert places["status_url"].endswith(polled.path)
    assert places["response_url"].endswith(fetched.path)
    assert "/dev/" not in polled.path
    assert len(outcome.remembered[0]) < 2_000


@pytest.mark.parametrize(
    ("model", "how", "words"),
    [
        ("fal-ai/flux/dev", {"aspect_ratio": "16:9"}, {"image_size": {"width": 1360, "height": 768}}),
        ("fal-ai/flux-2", {"resolution": "2K"}, {"image_size": {"width": 2048, "height": 2048}}),
        ("fal-ai/flux-2", {"aspect_ratio": "auto"}, {}),
        ("fal-ai/nano-banana", {"aspect_ratio": "16:9"}, {"aspect_ratio": "16:9"}),
        ("fal-ai/nano-banana-pro", {"resolution": "4K"}, {"aspect_ratio": "1:1", "resolution": "4K"}),
        ("fal-ai/flux-pro/kontext", {}, {"aspect_ratio": "1:1"}),
        ("fal-ai/flux-pro/v1.1-ultra", {"aspect_ratio": "21:9"}, {"aspect_ratio": "21:9"}),
        ("fal-ai/bytedance/seedream/v4/text-to-image", {}, {"image_size": {"width": 1024, "height": 1024}}),
    ],
)
def test_each_model_is_told_the_size_in_its_words(
    server: ProviderServer, model: str, how: dict[str, str], words: dict[str, Any]
) -> None:
    given = asked(server, model=model, **how)

    assert {name: given[name] for name in given if name in ("image_size", "aspect_ratio", "resolution")} == words


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("fal-ai/nano-banana-pro/edit", {"image_urls": [URL_OF_FIRST]}),
        ("fal-ai/flux-pro/kontext/max/multi", {"image_urls": [URL_OF_FIRST]}),
        ("fal-ai/flux-pro/kontext", {"image_url": URL_OF_FIRST}),
        ("fal-ai/flux/dev/image-to-image", {"image_url": URL_OF_FIRST}),
    ],
)
def test_each_model_is_given_pictures_in_its_words(server: ProviderServer, model: str, words: dict[str, Any]) -> None:
    given = asked(server, model=model, references=references("source"))

    assert {name: given[name] for name in given if name.startswith("image_url")} == words


def test_several_pictures_and_a_mask_go_along(server: ProviderServer) -> None:
    call = call_of("fal", model="fal-ai/some/edit", references=references("source", "manual", "mask"))

    assert make(server, "fal", call, do="edit").picture.content
    given = server.seen("fal", "create")[0].body
    assert given["image_urls"] == [URL_OF_FIRST, URL_OF_SECOND]
    assert given["mask_url"].startswith("data:image/png;base64,iVBORw")


def test_pictures_that_a_model_cannot_take_are_not_left_out_in_silence(server: ProviderServer) -> None:
    error = make(server, "fal", call_of("fal", references=references("source", "manual"))).error

    assert error.failure == "invalid"
    assert server.seen() == []


def test_options_go_along_but_buy_one_picture_of_this_prompt(server: ProviderServer) -> None:
    options = {"prompt": "x", "num_images": 4, "guidance_scale": 3.5, "image_size": "square_hd"}
    given = asked(server, options=options)

    assert (given["prompt"], given["num_images"]) == (PROMPT, 1)
    assert (given["guidance_scale"], given["image_size"]) == (3.5, "square_hd")


@pytest.mark.parametrize("status", ["IN_QUEUE", "IN_PROGRESS", "THINKING", ""])
def test_whatever_is_not_over_is_waited_for(server: ProviderServer, status: str) -> None:
    server.fault("fal", "answer", step="poll", status=202, body={"status": status, "queue_position": 0})
    server.fault("fal", "answer", step="poll", status=200, body={"status": status, "logs": []})

    assert make(server, "fal").picture.content
    assert len(server.seen("fal", "poll")) == 3


@pytest.mark.parametrize(
    ("last", "failure"),
    [
        ({"error": "Runner went away", "error_type": "runner_disconnected"}, "transient"),
        ({"error": "Took too long", "error_type": "request_timeout"}, "timeout"),
        ({"error": "It did not start", "error_type": "startup_timeout"}, "timeout"),
        ({"error": "Bad input", "error_type": "bad_request"}, "invalid"),
        ({"error": "Flagged", "error_type": "content_policy_violation"}, "moderated"),
        ({"error": [{"msg": "Unsafe", "type": "content_policy_violation"}]}, "moderated"),
        ({"error": {"message": "NSFW content"}}, "moderated"),
        ({"error": "Something", "error_type": 7}, "transient"),
        ({"status": "FAILED", "error": "Out of memory"}, "transient"),
        ({"status": "FAILED"}, "transient"),
        ({"status": "CANCELED"}, "transient"),
        ({"status": "CANCELLED"}, "transient"),
    ],
)
def test_a_request_that_ended_badly_is_judged_by_its_words(
    server: ProviderServer, last: dict[str, Any], failure: str
) -> None:
    server.fault("fal", "ends", **last)

    assert make(server, "fal").error.failure == failure
    assert server.seen("fal", "result") == []
    assert len(server.seen("fal", "create")) == 1


@pytest.mark.parametrize(
    ("status", "detail", "failure"),
    [
        (422, [{"loc": ["body", "prompt"], "msg": "Unsafe", "type": "content_policy_violation"}], "moderated"),
        (422, [{"loc": ["body", "image_url"], "msg": "Image too large", "type": "image_too_large"}], "invalid"),
        (400, "Bad prompt", "invalid"),
        (401, "Key is gone", "token_rejected"),
        (403, "Not your request", "transient"),
        (404, "No such request", "transient"),
        (500, "Model crashed", "transient"),
        (504, "Gateway timeout", "transient"),
    ],
)
def test_a_model_refuses_with_the_status_of_its_result(
    server: ProviderServer, status: int, detail: Any, failure: str
) -> None:
    server.fault("fal", "answer", step="result", times=None, status=status, body={"detail": detail})

    assert make(server, "fal").error.failure == failure
    assert len(server.seen("fal", "create")) == 1


def test_a_result_that_does_not_come_through_is_asked_for_again(server: ProviderServer) -> None:
    server.fault("fal", "reset", step="result")
    server.fault("fal", "server_error", step="result")

    assert make(server, "fal").picture.content
    assert len(server.seen("fal", "create")) == 1


def test_a_picture_blacked_out_by_the_safety_checker_is_moderated(server: ProviderServer) -> None:
    images = [{"url": f"{server.url}/files/1.png"}]
    server.fault("fal", "output", output={"images": images, "has_nsfw_concepts": [True]})
    server.fault("fal", "output", output={"images": images, "has_nsfw_concepts": [False]})

    assert make(server, "fal").error.failure == "moderated"
    assert make(server, "fal").picture.content


def test_a_picture_comes_under_several_names(server: ProviderServer) -> None:
    url = f"{server.url}/files/5.png"
    for output in ({"images": [url]}, {"image": {"url": url}}, {"image": "data:image/png;base64,iVBORw0KGgo="}):
        server.fault("fal", "output", output=output)
        assert make(server, "fal").picture.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "output", [{"images": []}, {"images": [{}]}, {"images": 7}, {"image": None}, {"video": {"url": "x"}}]
)
def test_output_without_a_picture_is_transient(server: ProviderServer, output: Any) -> None:
    server.fault("fal", "output", output=output)

    assert make(server, "fal").error.failure == "transient"


def test_an_empty_balance_ends_a_key(server: ProviderServer) -> None:
    server.fault("fal", "answer", status=429, body={"detail": "User is locked. Reason: Exhausted balance."})

    assert make(server, "fal").error.failure == "token_rejected"
