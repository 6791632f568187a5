"""Every way in which a provider fails lands in its class; a call is bought once, and nothing told holds the key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.worker.calling import MODELS, PROMPT, QUICK, SECRET, begin, call_of, knob_for_slowness, make
from tests.worker.provider_server import HANG_SECONDS_MAX, ProviderServer, provider_server
from tests.worker.provider_wire import SYNCHRONOUS, picture
from worker.providers import fal, replicate, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

QUEUED = ("replicate", "fal")
CLASSES = {
    "server_error": "transient",
    "unauthorized": "token_rejected",
    "forbidden": "token_rejected",
    "unpaid": "token_rejected",
    "limited": "rate_limited",
    "limited_in_words": "rate_limited",
    "limited_without_hint": "rate_limited",
    "invalid": "invalid",
    "not_found": "invalid",
    "moderated": "moderated",
    "broken": "transient",
    "no_image": "transient",
    "wrong_json": "transient",
    "truncated": "transient",
    "reset": "transient",
    "html": "transient",
}
WAITS = {"limited": 7, "limited_in_words": 30, "limited_without_hint": None}


@pytest.fixture(scope="module")
def running() -> Iterator[ProviderServer]:
    with provider_server() as server:
        yield server


@pytest.fixture
def server(running: ProviderServer) -> ProviderServer:
    running.forget()
    return running


@pytest.mark.parametrize("name", MODELS)
def test_a_call_that_works_gives_the_picture(server: ProviderServer, name: str) -> None:
    made = make(server, name).picture

    assert made.content[:8] == picture(1)[:8]
    assert len(server.seen(name, "create")) == 1
    assert server.seen(name, "cancel") == []


@pytest.mark.parametrize("fault", CLASSES)
@pytest.mark.parametrize("name", MODELS)
def test_each_failure_lands_in_its_class(server: ProviderServer, name: str, fault: str) -> None:
    server.fault(name, fault)

    error = make(server, name).error

    assert error.failure == CLASSES[fault], error
    assert error.retry_after == WAITS.get(fault)
    assert len(server.seen(name, "create")) == 1


@pytest.mark.parametrize("name", MODELS)
def test_a_provider_that_does_not_answer_is_a_timeout(
    server: ProviderServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicate, "CREATE_SECONDS", 0.1)
    monkeypatch.setattr(fal, "SUBMIT_SECONDS", 0.1)
    server.fault(name, "slow", seconds=HANG_SECONDS_MAX)
    begun = time.monotonic()

    outcome = make(server, name, **knob_for_slowness(name, 0.1))

    assert outcome.error.failure == "timeout"
    assert outcome.remembered == []
    assert time.monotonic() - begun < HANG_SECONDS_MAX / 2


@pytest.mark.parametrize("name", MODELS)
def test_a_slow_provider_is_waited_for(server: ProviderServer, name: str) -> None:
    server.fault(name, "slow", seconds=0.2)

    assert make(server, name).picture.content


@pytest.mark.parametrize("name", MODELS)
def test_a_huge_reply_is_not_taken_in(server: ProviderServer, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "REPLY_BYTES_MAX", 100_000)
    server.fault(name, "huge", bytes=50_000_000)

    error = make(server, name).error

    assert error.failure == "invalid"
    assert "larger than 100000 bytes" in error.message


@pytest.mark.parametrize("name", MODELS)
def test_a_provider_that_is_not_there_is_transient(name: str) -> None:
    with provider_server() as gone:
        pass

    error = make(gone, name).error

    assert error.failure == "transient"
    assert "ConnectError" in error.message


DEEP = b"[" * 100_000
NONSENSE = (
    DEEP,
    b'{"id": "r1", "status": "x", "deep": ' + DEEP,
    b'{"choices": [{"message": {"content": ' + DEEP,
    b'{"data": [{"revised_prompt": ' + DEEP,
    b'{"id": "\xff"}',
    b"",
    b'{"id": 7, "choices": 7, "data": 7}',
)


@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("name", MODELS)
def test_a_reply_that_is_something_else_is_transient(server: ProviderServer, name: str, nonsense: bytes) -> None:
    server.fault(name, "answer", body=nonsense)

    assert make(server, name).error.failure == "transient"


@pytest.mark.parametrize("name", MODELS)
def test_a_broken_error_still_has_its_class(server: ProviderServer, name: str) -> None:
    server.fault(name, "answer", status=401, body=b"[" * 100_000)
    server.fault(name, "answer", status=503, body=b"<html>overloaded</html>")

    assert make(server, name).error.failure == "token_rejected"
    overloaded = make(server, name).error

    assert overloaded.failure == "transient"
    assert "overloaded" in overloaded.message


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, 429, 500])
@pytest.mark.parametrize("name", MODELS)
def test_what_a_provider_says_is_told_without_key_and_prompt(server: ProviderServer, name: str, status: int) -> None:
    ident, secret = SECRET.split(":")
    told = f"why not: {SECRET} and {secret} and {ident} for\n«{PROMPT}», data:image/png;base64,{'A' * 5_000}"
    message = {"code": status, "message": told, "type": secret}
    server.fault(name, "answer", status=status, body={"detail": told, "error": message, "title": SECRET})

    outcome = make(server, name)

    assert "why not" in outcome.error.message
    assert len(outcome.error.message) < 600
    for hidden in (SECRET, secret, ident, PROMPT, "AAAA", "\n"):
        assert hidden not in outcome.error.message
    for hidden in (SECRET, secret, ident):
        assert hidden not in outcome.everything_said


@pytest.mark.parametrize("name", MODELS)
def test_no_cut_leaves_half_a_key(server: ProviderServer, name: str) -> None:
    """What is left out before the key must not move its beginning into what is shown."""
    half = SECRET.split(":")[1][:6]
    for length in range(1_970, 2_000, 5):
        page = f"<p>{'x' * 20} data:image/png;base64,{'A' * (length - 60)} {SECRET} and on".encode()
        server.fault(name, "answer", status=500, body=page)
        assert half not in make(server, name).error.message

    server.fault(name, "answer", status=500, body={"detail": f"{'x ' * 200_000}{SECRET}"})
    assert "a reply of 4" in make(server, name).error.message


@pytest.mark.parametrize("fault", ["wrong_json", "truncated", "reset", "html", "huge", "redirect"])
@pytest.mark.parametrize("name", MODELS)
def test_what_breaks_on_the_line_tells_no_key(server: ProviderServer, name: str, fault: str) -> None:
    server.fault(name, fault, bytes=200_000_000, to=f"/{SECRET}")

    said = make(server, name).everything_said

    assert SECRET.split(":")[1] not in said
    assert PROMPT not in said


@pytest.mark.parametrize("secret", ["pasted-with-its-end\n", "two words", "кириллица", "zero\x00"])
@pytest.mark.parametrize("name", MODELS)
def test_a_key_that_cannot_be_one_is_rejected_unsent(server: ProviderServer, name: str, secret: str) -> None:
    outcome = make(server, name, call_of(name, secret=secret))

    assert outcome.error.failure == "token_rejected"
    assert secret.strip() not in outcome.everything_said
    assert server.seen() == []


@pytest.mark.parametrize("name", MODELS)
def test_without_a_key_none_is_sent(server: ProviderServer, name: str) -> None:
    error = make(server, name, call_of(name, secret=None)).error

    assert error.failure == "token_rejected"
    assert "authorization" not in server.seen(name, "create")[0].headers


@pytest.mark.parametrize("name", MODELS)
def test_a_prompt_cannot_switch_off_a_key(server: ProviderServer, name: str) -> None:
    """Providers repeat prompts in their refusals: words of money in them are the prompt's, not the account's."""
    prompt = "insufficient_quota, billing_hard_limit_reached"
    words = f"Invalid prompt: {prompt[:-3]}… was flagged"
    server.fault(name, "answer", status=400, body={"error": {"message": words, "code": None}, "detail": words})
    server.fault(name, "answer", status=403, body={"error": {"message": words, "code": None}, "detail": words})

    assert make(server, name, call_of(name, prompt=prompt)).error.failure == "moderated"
    assert make(server, name, call_of(name, prompt=prompt)).error.failure == "moderated"


@pytest.mark.parametrize("name", ["replicate", "fal", "openai"])
def test_only_openrouter_writes_captions(server: ProviderServer, name: str) -> None:
    assert make(server, name, call_of(name, kind="caption"), do="caption").error.failure == "invalid"
    assert server.seen() == []


@pytest.mark.parametrize("name", SYNCHRONOUS)
def test_a_call_without_a_name_is_never_remembered_and_cannot_be_resumed(server: ProviderServer, name: str) -> None:
    assert make(server, name).remembered == []
    server.forget()

    assert make(server, name, ref="whatever").error.failure == "transient"
    assert server.seen() == []


@pytest.mark.parametrize("name", ["replicate", "fal"])
@pytest.mark.parametrize(
    "model", ["noslash", "../../v1/account", "../account", "a/..", "a/b?c", "a/b#c", "//evil.example/x", "a b/c", ""]
)
def test_a_model_that_is_no_path_is_not_asked_for(server: ProviderServer, name: str, model: str) -> None:
    error = make(server, name, call_of(name, model=model)).error

    assert error.failure == "invalid"
    assert server.seen() == []


@pytest.mark.parametrize("name", QUEUED)
def test_a_html_page_in_place_of_a_picture_is_handed_on_as_it_is(server: ProviderServer, name: str) -> None:
    """Whether bytes are a picture is not the provider's to judge."""
    server.fault("any", "html", step="file")

    assert make(server, name).picture.content.startswith(b"<!doctype html>")


@pytest.mark.parametrize("fault", ["server_error", "truncated", "reset"])
@pytest.mark.parametrize("name", QUEUED)
def test_a_picture_is_fetched_again_but_not_bought_again(server: ProviderServer, name: str, fault: str) -> None:
    server.fault("any", "answer" if fault == "server_error" else fault, step="file", status=500, body={})

    assert make(server, name).picture.content
    assert len(server.seen("any", "file")) == 2
    assert len(server.seen(name, "create")) == 1


@pytest.mark.parametrize("name", QUEUED)
def test_a_bought_call_is_resumed_and_not_bought_again(server: ProviderServer, name: str) -> None:
    server.hold()
    ref = begin(server, name)
    server.release()
    server.forget()

    outcome = make(server, name, ref=ref)

    assert outcome.picture.content
    assert outcome.remembered == []
    assert server.seen(name, "create") == []


def test_the_patience_of_tests_is_shorter_than_the_real_one() -> None:
    real = type(QUICK)()

    assert real.pause(1, None) == 2
    assert real.pause(2, 20) == 20
    assert real.pause(9, 500) == real.pause_seconds_max
