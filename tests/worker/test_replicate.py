"""What replicate is asked, in its own words, and what its predictions mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    """The input of the prediction that such a call creates."""
    make(server, "replicate", call_of("replicate", **how))
    return server.seen("replicate", "create")[-1].body["input"]


def test_an_official_model_is_asked_by_its_name(server: ProviderServer) -> None:
    outcome = make(server, "replicate")
    created = server.seen("replicate", "create")[0]

    assert outcome.picture.seed == 7
    assert outcome.picture.cost is None
    assert created.path == "/replicate/v1/models/black-forest-labs/flux-2-flex/predictions"
    assert created.headers["authorization"] == f"Bearer {SECRET}"
    assert created.body == {"input": {"prompt": PROMPT, "aspect_ratio": "1:1", "resolution": "1 MP", "seed": 7}}
    assert outcome.remembered[0] in server.seen("replicate", "poll")[0].path


def test_a_version_is_asked_by_its_version(server: ProviderServer) -> None:
    make(server, "replicate", call_of("replicate", model="someone/thing-v1.5:5c7d5dc6"))
    created = server.seen("replicate", "create")[0]

    assert created.path == "/replicate/v1/predictions"
    assert created.body["version"] == "5c7d5dc6"


def test_what_nobody_follows_any_more_is_to_end_by_itself(server: ProviderServer) -> None:
    make(server, "replicate")

    assert server.seen("replicate", "create")[0].headers["cancel-after"] == f"{QUICK.seconds_max:.0f}s"


def test_creating_does_not_wait_for_the_end(server: ProviderServer) -> None:
    """The prediction's name must be stored before anything else is waited for."""
    make(server, "replicate")

    assert "prefer" not in server.seen("replicate", "create")[0].headers


@pytest.mark.parametrize(
    ("model", "resolution", "words"),
    [
        ("black-forest-labs/flux-2-pro", "2K", {"resolution": "4 MP"}),
        ("google/nano-banana-pro", "4K", {"resolution": "4K"}),
        ("google/nano-banana-pro", "1K", {"resolution": "1K"}),
        ("google/nano-banana", "1K", {}),
        ("bytedance/seedream-4.5", "2K", {"size": "2K"}),
        ("black-forest-labs/flux-kontext-pro", "1K", {}),
        ("openai/gpt-image-1.5", "1K", {}),
        ("someone/unknown", "1K", {}),
        ("someone/unknown", "2K", {"resolution": "2K"}),
    ],
)
def test_each_family_is_told_the_resolution_in_its_words(
    server: ProviderServer, model: str, resolution: str, words: dict[str, str]
) -> None:
    given = asked(server, model=model, resolution=resolution, aspect_ratio="16:9")

    assert {name: given[name] for name in given if name in ("resolution", "size")} == words
    assert given["aspect_ratio"] == "16:9"


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("google/nano-banana", {"image_input": [URL_OF_FIRST]}),
        ("google/nano-banana-pro", {"image_input": [URL_OF_FIRST]}),
        ("bytedance/seedream-4.5", {"image_input": [URL_OF_FIRST]}),
        ("black-forest-labs/flux-2-pro", {"input_images": [URL_OF_FIRST]}),
        ("black-forest-labs/flux-kontext-max", {"input_image": URL_OF_FIRST}),
        ("openai/gpt-image-1.5", {"input_images": [URL_OF_FIRST]}),
        ("someone/unknown", {"image": URL_OF_FIRST}),
    ],
)
def test_each_family_is_given_pictures_in_its_words(server: ProviderServer, model: str, words: dict[str, Any]) -> None:
    given = asked(server, model=model, references=references("source"))

    assert {name: given[name] for name in words} == words


def test_several_pictures_and_a_mask_go_along(server: ProviderServer) -> None:
    call = call_of("replicate", references=references("source", "manual", "mask"))
    outcome = make(server, "replicate", call, do="edit")
    given = server.seen("replicate", "create")[0].body["input"]

    assert outcome.picture.content
    assert given["input_images"] == [URL_OF_FIRST, URL_OF_SECOND]
    assert given["mask"].startswith("data:image/png;base64,iVBORw")


@pytest.mark.parametrize("roles", [("source", "manual"), ("source", "mask", "mask")])
def test_pictures_that_a_model_cannot_take_are_not_left_out_in_silence(
    server: ProviderServer, roles: tuple[str, ...]
) -> None:
    call = call_of("replicate", model="black-forest-labs/flux-kontext-pro", references=references(*roles))

    error = make(server, "replicate", call).error

    assert error.failure == "invalid"
    assert "max_references" in error.message
    assert server.seen() == []


def test_options_go_along_but_not_over_prompt_and_pictures(server: ProviderServer) -> None:
    options = {"prompt": "x", "input_images": ["x"], "safety_tolerance": 5, "aspect_ratio": "custom", "width": 800}
    given = asked(server, options=options, references=references("source"))

    assert given["prompt"] == PROMPT
    assert given["input_images"] == [URL_OF_FIRST]
    assert (given["safety_tolerance"], given["aspect_ratio"], given["width"]) == (5, "custom", 800)


def test_seeds_are_folded_into_what_models_take(server: ProviderServer) -> None:
    large = 2**53 - 1

    assert make(server, "replicate", call_of("replicate", seed=large)).picture.seed == large
    assert server.seen("replicate", "create")[0].body["input"]["seed"] == large % 2**31
    assert "seed" not in asked(server, seed=None)


@pytest.mark.parametrize("shape", ["text", "list", "lists"])
def test_output_comes_as_text_or_as_a_list(server: ProviderServer, shape: str) -> None:
    url = f"{server.url}/files/5.png"
    server.fault(
        "replicate", "output", output={"text": url, "list": [url], "lists": [url, "https://evil.example"]}[shape]
    )

    assert make(server, "replicate").picture.content
    assert [one.path for one in server.seen("any", "file")] == ["/files/5.png"]


def test_output_may_come_within_the_reply(server: ProviderServer) -> None:
    server.fault("replicate", "output", output="data:image/png;base64,iVBORw0KGgo=")

    assert make(server, "replicate").picture.content == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "output", [None, [], "", [None], {"image": "x"}, 7, "data:image/png,iVBORw==", "data:;base64,!!"]
)
def test_output_without_a_picture_is_transient(server: ProviderServer, output: Any) -> None:
    server.fault("replicate", "output", output=output)

    assert make(server, "replicate").error.failure == "transient"
    assert len(server.seen("replicate", "create")) == 1


def test_output_that_is_there_before_the_end_is_waited_for(server: ProviderServer) -> None:
    url = f"{server.url}/files/6.png"
    early = {"id": "r1", "status": "processing", "output": url}
    server.fault("replicate", "answer", step="poll", times=2, body=early)

    assert make(server, "replicate").picture.content
    assert len(server.seen("replicate", "poll")) == 3


@pytest.mark.parametrize("status", ["starting", "processing", "queued", "thinking", ""])
def test_a_status_nobody_knows_is_one_of_running(server: ProviderServer, status: str) -> None:
    server.fault("replicate", "answer", step="poll", body={"id": "r1", "status": status})

    assert make(server, "replicate").picture.content


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ("NSFW content detected. Try running it again, or try a different prompt.", "moderated"),
        ("The input or output was flagged as sensitive. Please try again with different inputs. (E005)", "moderated"),
        ("Request was blocked by our safety system", "moderated"),
        ("Content policy violation", "moderated"),
        ("output moderation failed", "moderated"),
        ({"code": 1, "message": "flagged by the content filter"}, "moderated"),
        ("CUDA out of memory", "transient"),
        ("Prediction interrupted; please retry (code: PA)", "transient"),
        ("safety_tolerance is not supported together with case-sensitive words", "transient"),
        ("The safety checker could not be loaded", "transient"),
        (None, "transient"),
        (7, "transient"),
    ],
)
def test_a_failed_prediction_is_judged_by_its_words(server: ProviderServer, error: Any, failure: str) -> None:
    server.fault("replicate", "ends", status="failed", error=error)

    outcome = make(server, "replicate")

    assert outcome.error.failure == failure
    assert "the prediction failed" in outcome.error.message
    assert len(server.seen("replicate", "create")) == 1


@pytest.mark.parametrize("status", ["aborted", "canceled"])
def test_what_replicate_ended_by_itself_is_transient(server: ProviderServer, status: str) -> None:
    server.fault("replicate", "ends", status=status, error="flagged, perhaps")

    error = make(server, "replicate").error

    assert error.failure == "transient"
    assert status in error.message


@pytest.mark.parametrize(
    "reply", [{}, {"status": "starting"}, {"id": "", "status": "x"}, {"id": "../../account", "status": "x"}]
)
def test_a_reply_that_names_no_prediction_is_transient(server: ProviderServer, reply: dict[str, str]) -> None:
    server.fault("replicate", "answer", status=201, body=reply)

    outcome = make(server, "replicate")

    assert outcome.error.failure == "transient"
    assert outcome.remembered == []
    assert server.seen("replicate", "poll") == []


def test_low_credit_slows_a_key_down_and_does_not_end_it(server: ProviderServer) -> None:
    said = (
        "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a "
        "burst of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~10s."
    )
    server.fault("replicate", "answer", status=429, body={"detail": said})

    error = make(server, "replicate").error

    assert (error.failure, error.retry_after) == ("rate_limited", 10)
