"""The server that stands in for the providers runs as a process too, and its record can be believed."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support import wait_until
from tests.worker.calling import call_of, make, opened
from tests.worker.provider_server import ProviderServer, provider_server
from tests.worker.provider_wire import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.worker.provider_server", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_it_runs_as_a_process_with_a_control(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    remote = ProviderServer(Desk(told["url"]))
    control, predictions = f"{told['url']}/control", f"{remote.urls['replicate']}/models/a/b/predictions"

    fault = {"do": "fault", "provider": "replicate", "name": "limited", "token": "k1", "times": None}
    httpx.post(control, json=fault)
    limited = httpx.post(predictions, headers={"authorization": "Bearer k1"}, json={"input": {}})
    httpx.post(control, json={"do": "seconds", "seconds": 60})
    created = httpx.post(predictions, headers={"authorization": "Bearer k2"}, json={"input": {}})
    record = httpx.get(control).json()
    process.send_signal(signal.SIGINT)

    assert process.wait(10) == 0
    assert told["settings"] == remote.settings
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert created.json()["status"] == "processing"
    assert record["seen"] == [
        {"provider": "replicate", "step": "create", "token": "k1", "times": 1},
        {"provider": "replicate", "step": "create", "token": "k2", "times": 1},
    ]
    assert record["running"] == [created.json()["id"]]
    assert record["most_at_once"] == {"k2": 1, "all": 1}


@pytest.mark.parametrize("name", ["replicate", "openai"])
def test_it_counts_the_calls_at_once(name: str) -> None:
    """Four of one key and two of another, all begun before the first ends."""
    with provider_server() as server:
        server.hold()

        async def remember(_ref: str) -> None:
            return

        async def run() -> None:
            async with opened(server, name) as provider, asyncio.TaskGroup() as group:
                for token in ("k1", "k1", "k1", "k1", "k2", "k2"):
                    group.create_task(provider.generate(call_of(name, secret=token), remember))
                await asyncio.to_thread(wait_until, lambda: len(server.seen(name, "create")) == 6, "six calls")
                server.release()

        asyncio.run(run())

        assert server.told()["most_at_once"] == {"k1": 4, "k2": 2, "all": 6}
        assert server.told()["running"] == []
        assert len(server.seen(name, "create")) == 6

        # One after the other is never more than one.
        server.forget()
        for token in ("k1", "k2", "k1"):
            make(server, name, call_of(name, secret=token))
        assert server.told()["most_at_once"] == {"k1": 1, "k2": 1, "all": 1}
