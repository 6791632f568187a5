"""A process of the API on a free port of the loopback address, started and ended for real."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

START_SECONDS_MAX = 20


@dataclass(frozen=True)
class Api:
    """Where it listens, and the process, for tests that end it."""

    url: str
    metrics_url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)


@contextlib.contextmanager
def running_api(
    conninfo: str, folder: Path, constants: Mapping[str, float] | None = None, /, **settings: str
) -> Iterator[Api]:
    """`python -m api` on this database, with settings named in small letters and without their prefix.

    `api_port` is for one that takes another's place. `constants` are of its modules, such as
    {"api.relay.TEND_SECONDS": 0.1}: for what would take too long to wait for.
    """
    (folder / "objects").mkdir(parents=True, exist_ok=True)
    port, metrics_port = int(settings.pop("api_port", free_port())), free_port()
    log = folder / f"api-{port}.log"
    given = {f"DARKROOM_{name.upper()}": value for name, value in settings.items()}
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("DARKROOM_", "DATABASE_"))}
    environ |= {
        "DATABASE_URL": conninfo,
        "DARKROOM_DATA": str(folder),
        "DARKROOM_API_LISTEN": f"127.0.0.1:{port}",
        "DARKROOM_METRICS_LISTEN": f"127.0.0.1:{metrics_port}",
        "DARKROOM_STORAGE_URL": f"file://{folder}/objects",
    } | given
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *_program(constants or {})],
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    api = Api(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}/metrics", process, log)
    try:
        wait_until(lambda: _answers(api), f"the API to answer; its log: {log}", START_SECONDS_MAX)
        yield api
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _program(constants: Mapping[str, float]) -> list[str]:
    if not constants:
        return ["-m", "api"]
    lines = ["import runpy, sys"]
    for name, value in constants.items():
        module, _, constant = name.rpartition(".")
        lines.append(f"import {module}; assert {module}.{constant} is not None; {module}.{constant} = {value!r}")
    return ["-c", "\n".join([*lines, "sys.argv[0] = 'api'", "runpy.run_module('api', run_name='__main__')"])]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _answers(api: Api) -> bool:
    if api.process.poll() is not None:
        raise AssertionError(f"the API ended with {api.process.returncode}: {api.log.read_text()}")
    try:
        return httpx.get(f"{api.url}/healthz", timeout=1).status_code == 200
    except httpx.TransportError:
        return False
