"""What is measured runs in processes of its own, and so does whoever measures it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START_SECONDS_MAX = 30.0


@dataclass(frozen=True)
class Tenant:
    user: str
    key: str


@dataclass(frozen=True)
class Program:
    port: int
    pid: int

    @property
    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu(self) -> float:
        """Seconds it ran, which a busy machine stretches less than those that passed."""
        return cpu(self.pid)


def cpu(pid: int | str) -> float:
    seconds = 0.0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            seconds += int(thread.read_text().split()[0]) / 1e9
    return seconds


@dataclass(frozen=True)
class Cost:
    """What a measurement took of the processors, in seconds."""

    program: float
    server: float

    def each(self, count: int) -> tuple[str, str]:
        """Microseconds."""
        return f"{1e6 * self.program / count:,.0f}", f"{1e6 * self.server / count:,.0f}"


class Meter:
    """A program and the server's part in its work: the server processes that are there at both ends, as its pool is,
    and not those of whoever comes and goes."""

    def __init__(self, program: Program, conninfo: str) -> None:
        with psycopg.connect(conninfo) as conn:
            status = Path(f"/proc/{conn.info.backend_pid}/status").read_text()
        postmaster = status.partition("PPid:")[2].split()[0]
        self._children = Path(f"/proc/{postmaster}/task/{postmaster}/children")
        self._program = program
        self._began = program.cpu
        self._before = self._server()

    def _server(self) -> dict[str, float]:
        return {pid: cpu(pid) for pid in self._children.read_text().split()}

    @property
    def cost(self) -> Cost:
        server = sum(now - self._before[pid] for pid, now in self._server().items() if pid in self._before)
        return Cost(self._program.cpu - self._began, server)


@contextlib.contextmanager
def serving(*program: str, port: int, **environ: str) -> Iterator[Program]:
    process = subprocess.Popen([sys.executable, *program], env=os.environ | environ, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{program} does not start")
            time.sleep(0.05)
        yield Program(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """What it answers, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def milliseconds(seconds: list[float], share: float) -> str:
    ordered = sorted(seconds)
    return f"{1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.1f}"
