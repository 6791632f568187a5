"""A process of the API on free ports of the loopback address, started and ended for real."""

from __future__ import annotations

import contextlib
import itertools
import signal
import ssl
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from darkroom.addresses import read_addresses
from tests.cli import environment
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

START_SECONDS_MAX = 120
END_SECONDS_MAX = 60
# What is called here speaks plain HTTP, and to read every authority's certificate takes a client 35 ms.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Api:
    """Where it listens, and the process, for tests that end it."""

    url: str
    metrics_url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(END_SECONDS_MAX)


@contextlib.contextmanager
def running_api(
    conninfo: str, folder: Path, constants: Mapping[str, float] | None = None, /, **settings: str
) -> Iterator[Api]:
    """`python -m api` on this database, with settings named in small letters and without their prefix.

    `constants` are of its modules, such as {"api.relay.TEND_SECONDS": 0.1}: for what would take too long to wait for.
    """
    (folder / "objects").mkdir(parents=True, exist_ok=True)
    log = folder / f"api-{next(_numbers)}.log"
    given = {f"DARKROOM_{name.upper()}": value for name, value in settings.items()}
    usual = {
        "DATABASE_URL": conninfo,
        "DARKROOM_DATA": str(folder),
        "DARKROOM_API_LISTEN": "127.0.0.1:0",
        "DARKROOM_METRICS_LISTEN": "127.0.0.1:0",
        "DARKROOM_STORAGE_URL": f"file://{folder}/objects",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *_program(constants or {})],
            env=environment(**{**usual, **given}),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with process:
        try:
            yield _ready(process, folder, log)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS_MAX)
            process.kill()


def _program(constants: Mapping[str, float]) -> list[str]:
    """Tethered, so that it ends with the tests however they end."""
    if not constants:
        return ["-m", "darkroom.tether", "api"]
    lines = ["import sys, darkroom.tether"]
    for name, value in constants.items():
        module, _, constant = name.rpartition(".")
        lines.append(f"import {module}; assert {module}.{constant} is not None; {module}.{constant} = {value!r}")
    return ["-c", "\n".join([*lines, "sys.argv = ['tether', 'api']", "darkroom.tether.main()"])]


def _ready(process: subprocess.Popen[bytes], folder: Path, log: Path) -> Api:
    def listens() -> bool:
        assert process.poll() is None, f"the API ended with {process.returncode}: {log.read_text()}"
        found = read_addresses(folder)
        return found is not None and found.process == process.pid

    wait_until(listens, f"the API to listen; its log: {log}", START_SECONDS_MAX)
    addresses = read_addresses(folder)
    assert addresses is not None
    answer = httpx.get(f"{addresses.local_url}/healthz", timeout=START_SECONDS_MAX, verify=NO_AUTHORITIES)
    assert answer.status_code == 200
    return Api(addresses.local_url, addresses.metrics_url or "", process, log)
