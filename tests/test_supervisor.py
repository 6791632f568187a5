"""Supervised programs come back when they end, and are all gone when their supervisor is, however it went."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli import environment
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS_MAX = 60
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Supervised:
    """One supervisor with one program."""

    process: subprocess.Popen[str]
    folder: Path
    said: list[str] = field(default_factory=list)

    def hear(self, pattern: str) -> re.Match[str]:
        """Read what it says up to a line that matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"it never said {pattern!r}, but {self.said}")

    def pids(self) -> list[int]:
        """Of all programs it has started, in their order."""
        return [int(path.read_text()) for path in sorted(self.folder.glob("*.pid"))]

    def end(self, ending: signal.Signals) -> None:
        """By itself, and before it would kill a program."""
        self.process.send_signal(ending)
        assert self.process.wait(SECONDS_MAX) == (0 if ending is not signal.SIGKILL else -ending)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan that ended, and that the machine's first process does not care to bury, is dead all the same.
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    started: list[Supervised] = []

    def factory(*manners: str) -> Supervised:
        command = [sys.executable, "-m", "tests.supervising", str(tmp_path), *manners]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)
        started.append(Supervised(process, tmp_path))
        return started[-1]

    yield factory
    for supervised in started:
        supervised.process.kill()
        supervised.process.communicate(timeout=SECONDS_MAX)
        for pid in supervised.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_it_says_ready_when_the_program_is(start: Callable[..., Supervised]) -> None:
    supervised = start()

    supervised.hear("^ready")

    assert supervised.said == ["ready"]
    assert len(supervised.pids()) == 1


def test_it_does_not_wait_for_ever_for_a_program_that_never_is(start: Callable[..., Supervised]) -> None:
    supervised = start("mute")

    supervised.hear("^without program")


def test_a_killed_program_comes_back(start: Callable[..., Supervised]) -> None:
    supervised = start()
    supervised.hear("^ready")
    (first,) = supervised.pids()

    os.kill(first, signal.SIGKILL)

    supervised.hear(r"^The program has ended \(SIGKILL\); it is started again in 0.05 s\.")
    wait_until(lambda: len(supervised.pids()) == 2, "another one")
    assert alive(supervised.pids()[-1])
    assert not alive(first)


def test_one_that_ends_again_and_again_is_tried_ever_more_seldom(start: Callable[..., Supervised]) -> None:
    supervised = start("dies")

    pauses = [float(supervised.hear(r"has ended \(exit code 3.* in ([\d.]+) s")[1]) for _ in range(6)]

    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.4, 0.4]
    assert "5 times in a row" in "\n".join(supervised.said)
    assert supervised.process.poll() is None
    supervised.end(signal.SIGINT)


def test_stopping_lets_the_program_end_by_itself(start: Callable[..., Supervised]) -> None:
    supervised = start()
    supervised.hear("^ready")
    (pid,) = supervised.pids()

    supervised.end(signal.SIGINT)

    assert not alive(pid)
    supervised.hear("^stopped")
    assert supervised.said == ["ready", "stopped"]


def test_one_that_does_not_want_to_end_is_killed(start: Callable[..., Supervised]) -> None:
    supervised = start("stubborn", "hurried")
    supervised.hear("^ready")
    (pid,) = supervised.pids()

    begun = time.monotonic()
    supervised.end(signal.SIGINT)

    assert time.monotonic() - begun >= 1
    assert not alive(pid)
    supervised.hear("does not end within 1 s")


def test_asked_twice_it_ends_at_once(start: Callable[..., Supervised]) -> None:
    supervised = start("stubborn")
    supervised.hear("^ready")
    (pid,) = supervised.pids()
    stopped_by = time.monotonic() + SECONDS_MAX

    while supervised.process.poll() is None:  # two that come together are one signal
        assert time.monotonic() < stopped_by
        supervised.process.send_signal(signal.SIGINT)
        time.sleep(0.02)

    assert not alive(pid)


def test_no_program_outlives_a_killed_supervisor(start: Callable[..., Supervised]) -> None:
    supervised = start()
    supervised.hear("^ready")
    (pid,) = supervised.pids()

    supervised.end(signal.SIGKILL)

    wait_until(lambda: not alive(pid), "the program to end")


def test_ctrl_c_of_the_terminal_does_not_reach_the_program(start: Callable[..., Supervised]) -> None:
    supervised = start()
    supervised.hear("^ready")
    (pid,) = supervised.pids()

    assert os.getsid(pid) == pid != os.getsid(supervised.process.pid)
