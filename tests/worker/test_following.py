"""A call that runs at a provider is found again, followed through bad minutes, stopped when given up, bought once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support import WAIT_SECONDS_MAX, wait_until
from tests.worker.calling import MODELS, QUICK, SECRET, begin, call_of, cancel, make, opened
from tests.worker.provider_server import HANG_SECONDS_MAX, ProviderServer, provider_server
from worker.calls import CallError

if TYPE_CHECKING:
    from collections.abc import Iterator

QUEUED = ("replicate", "fal")
FAULTS = ("server_error", "limited", "not_found", "wrong_json", "truncated", "reset", "html")


@pytest.fixture(scope="module")
def running() -> Iterator[ProviderServer]:
    with provider_server() as server:
        yield server


@pytest.fixture
def server(running: ProviderServer) -> ProviderServer:
    running.release()
    running.forget()
    return running


@pytest.mark.parametrize("name", QUEUED)
def test_a_call_is_remembered_before_it_is_looked_at(server: ProviderServer, name: str) -> None:
    seen = []

    async def remember(_ref: str) -> None:
        seen.extend([server.seen(name, "create"), server.seen(name, "poll")])

    outcome = make(server, name, remember=remember)

    assert len(outcome.remembered) == 1
    assert len(seen[0]) == 1
    assert seen[1] == []
    assert server.seen(name, "poll") != []


@pytest.mark.parametrize("name", QUEUED)
def test_a_call_that_nobody_will_find_again_is_stopped(server: ProviderServer, name: str) -> None:
    server.hold()

    async def remember(_ref: str) -> None:
        raise CallError("transient", "nothing can be stored")

    assert make(server, name, remember=remember).error.message == "nothing can be stored"
    assert len(server.seen(name, "cancel")) == 1
    assert server.seen(name, "poll") == []
    assert server.told()["running"] == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", QUEUED)
def test_a_bad_moment_while_following_does_no_harm(server: ProviderServer, name: str, fault: str) -> None:
    server.fault(name, fault, step="poll", times=QUICK.failures_max - 1)

    assert make(server, name).picture.content
    assert len(server.seen(name, "poll")) >= QUICK.failures_max
    assert len(server.seen(name, "create")) == 1
    assert server.seen(name, "cancel") == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", QUEUED)
def test_a_call_that_cannot_be_followed_is_given_up_and_stopped(server: ProviderServer, name: str, fault: str) -> None:
    server.hold()
    server.fault(name, fault, step="poll", times=None)

    error = make(server, name).error

    assert error.failure == "transient"
    assert len(server.seen(name, "poll")) == QUICK.failures_max
    assert len(server.seen(name, "create")) == 1
    assert server.told()["running"] == []


@pytest.mark.parametrize("name", QUEUED)
def test_failures_count_in_a_row_only(server: ProviderServer, name: str) -> None:
    server.hold()
    ref = begin(server, name)
    server.forget()

    async def run() -> None:
        async with opened(server, name) as provider:
            task = asyncio.create_task(provider.resume(call_of(name), ref))
            for _ in range(QUICK.failures_max + 1):
                looks = len(server.seen(name, "poll")) + 3  # a failure, and two that find it running
                server.fault(name, "server_error", step="poll")
                await asyncio.to_thread(looked, server, name, looks)
            server.release()
            assert (await asyncio.wait_for(task, WAIT_SECONDS_MAX)).content

    asyncio.run(run())


@pytest.mark.parametrize("name", QUEUED)
def test_a_key_that_is_revoked_while_following_is_rejected(server: ProviderServer, name: str) -> None:
    server.fault(name, "unauthorized", step="poll", times=None)

    assert make(server, name).error.failure == "token_rejected"
    assert len(server.seen(name, "poll")) == 1


@pytest.mark.parametrize("status", [402, 403, 404, 410])
@pytest.mark.parametrize("name", QUEUED)
def test_a_key_that_may_not_see_the_call_is_no_bad_key(server: ProviderServer, name: str, status: int) -> None:
    """Whoever resumes may hold a key of another account. It must stay in use, and the job must get its picture."""
    server.fault(name, "answer", step="poll", times=None, status=status, body={"detail": "not yours"})

    error = make(server, name, ref=begin_and_forget(server, name)).error

    assert error.failure == "transient"
    assert "not yours" in error.message


@pytest.mark.parametrize("name", QUEUED)
def test_a_call_that_never_ends_is_a_timeout_and_stopped(server: ProviderServer, name: str) -> None:
    server.fault(name, "never_ends")

    outcome = make(server, name, patience=replace(QUICK, seconds_max=0.2))

    assert outcome.error.failure == "timeout"
    assert len(server.seen(name, "cancel")) == 1
    assert server.told()["running"] == []


@pytest.mark.parametrize("name", QUEUED)
def test_a_timeout_stays_one_where_stopping_fails_too(server: ProviderServer, name: str) -> None:
    server.fault(name, "never_ends")
    server.fault(name, "reset", step="cancel")

    assert make(server, name, patience=replace(QUICK, seconds_max=0.1)).error.failure == "timeout"


@pytest.mark.parametrize("name", QUEUED)
def test_a_call_that_takes_its_time_is_waited_for(server: ProviderServer, name: str) -> None:
    server.fault(name, "runs", runs=0.2)

    assert make(server, name).picture.content
    assert len(server.seen(name, "poll")) > 2


@pytest.mark.parametrize("name", QUEUED)
def test_a_resumed_call_is_polled_and_never_created(server: ProviderServer, name: str) -> None:
    server.hold()
    ref = begin(server, name)
    server.release()
    server.forget()

    assert make(server, name, ref=ref).picture.content
    assert server.seen(name, "create") == []
    assert {one.token for one in server.seen(name)} == {SECRET}


@pytest.mark.parametrize("name", QUEUED)
def test_a_resumed_call_that_is_gone_is_transient(name: str) -> None:
    with provider_server() as first:
        ref = begin(first, name).replace(first.url, "{url}")
    with provider_server() as server:
        error = make(server, name, ref=ref.replace("{url}", server.url)).error

        assert error.failure == "transient"
        assert server.seen(name, "create") == []


@pytest.mark.parametrize("ref", ["", "..", "p1/cancel", "p1?x", "{}", '{"status_url": 7}', "\ud800", "x" * 2_000])
@pytest.mark.parametrize("name", QUEUED)
def test_nonsense_is_not_resumed(server: ProviderServer, name: str, ref: str) -> None:
    assert make(server, name, ref=ref).error.failure == "transient"
    assert server.seen() == []


@pytest.mark.parametrize("name", MODELS)
def test_a_cancelled_task_leaves_at_once(server: ProviderServer, name: str) -> None:
    """And leaves the call alone: another worker may be about to resume it."""
    server.hold()

    async def remember(_ref: str) -> None:
        return

    async def run() -> None:
        async with opened(server, name) as provider:
            task = asyncio.create_task(provider.generate(call_of(name), remember))
            await asyncio.to_thread(looked, server, name, 1, "poll" if name in QUEUED else "create")
            task.cancel()
            await asyncio.wait({task}, timeout=HANG_SECONDS_MAX / 2)
            assert task.cancelled()

    asyncio.run(run())
    assert server.seen(name, "cancel") == []


@pytest.mark.parametrize("name", QUEUED)
def test_one_cancelled_while_the_call_is_created_still_remembers_it(server: ProviderServer, name: str) -> None:
    server.fault(name, "slow", seconds=2)
    remembered: list[str] = []

    async def remember(ref: str) -> None:
        remembered.append(ref)

    async def run() -> None:
        async with opened(server, name) as provider:
            task = asyncio.create_task(provider.generate(call_of(name), remember))
            await asyncio.to_thread(wait_until, lambda: len(server.seen(name, "create")) == 1, "the request")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert len(remembered) == 1
    assert server.seen(name, "poll") == []


@pytest.mark.parametrize("name", QUEUED)
def test_nobody_waits_for_ever_for_a_call_to_be_created(
    server: ProviderServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.providers.following.BEGIN_SECONDS_MAX", 0.2)
    server.fault(name, "slow", seconds=HANG_SECONDS_MAX)

    async def remember(_ref: str) -> None:
        raise AssertionError("there is nothing to remember")

    async def run() -> None:
        async with opened(server, name) as provider:
            task = asyncio.create_task(provider.generate(call_of(name), remember))
            await asyncio.to_thread(wait_until, lambda: len(server.seen(name, "create")) == 1, "the request")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, HANG_SECONDS_MAX / 2)

    asyncio.run(run())


@pytest.mark.parametrize("name", QUEUED)
def test_cancelling_stops_the_call_at_the_provider(server: ProviderServer, name: str) -> None:
    server.hold()
    ref = begin(server, name)
    assert len(server.told()["running"]) == 1

    assert cancel(server, name, ref) is None
    assert server.told()["running"] == []
    assert [one.method for one in server.seen(name, "cancel")] == [{"replicate": "POST", "fal": "PUT"}[name]]


@pytest.mark.parametrize("name", QUEUED)
def test_cancelling_what_is_over_changes_nothing(server: ProviderServer, name: str) -> None:
    ref = begin_and_forget(server, name)

    assert cancel(server, name, ref) is None
    assert make(server, name, ref=ref).picture.content


@pytest.mark.parametrize("name", QUEUED)
def test_cancelling_may_fail_with_a_refusal_alone(server: ProviderServer, name: str) -> None:
    error = cancel(server, name, "nonsense, twice")

    assert error is not None
    assert error.failure == "transient"


@pytest.mark.parametrize("name", ["openrouter", "openai"])
def test_what_has_no_name_is_cancelled_by_leaving(server: ProviderServer, name: str) -> None:
    assert cancel(server, name, "whatever") is None
    assert server.seen() == []


@pytest.mark.parametrize("name", QUEUED)
def test_a_call_that_the_provider_cancelled_is_transient(server: ProviderServer, name: str) -> None:
    server.hold()
    ref = begin(server, name)
    cancel(server, name, ref)

    assert make(server, name, ref=ref).error.failure == "transient"


def looked(server: ProviderServer, name: str, times: int, step: str = "poll") -> None:
    wait_until(lambda: len(server.seen(name, step)) >= times, f"{times} requests to {step}")


def begin_and_forget(server: ProviderServer, name: str) -> str:
    """A call that is over, of which nobody has seen the end."""
    faults = list(server.faults)
    server.forget()
    ref = make(server, name).remembered[0]
    server.forget()
    server.faults.extend(faults)
    return ref
