"""A program that is tethered to its parent ends with it, whether it wants to or not."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.cli import environment
from tests.support import wait_until

SECONDS_MAX = 60
ROOT = Path(__file__).resolve().parent.parent
TETHERED = "import darkroom.tether as tether; tether.GRACE_SECONDS = {grace}; tether.main()"


Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def factory(*manners: str) -> subprocess.Popen[bytes]:
            program = TETHERED.format(grace=0.2 if "stubborn" in manners else 600)
            command = [sys.executable, "-c", program, "tests.supervised", str(tmp_path), *manners]
            process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE)
            stack.callback(process.wait, SECONDS_MAX)
            stack.callback(process.kill)
            stack.callback(stdin(process).close)
            return process

        yield factory


def stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin


@pytest.mark.parametrize(
    ("manners", "ending"), [([], signal.SIGTERM), (["stubborn"], signal.SIGKILL)], ids=["willing", "stubborn"]
)
def test_it_ends_when_its_parent_is_gone(
    start: Start, tmp_path: Path, manners: list[str], ending: signal.Signals
) -> None:
    process = start(*manners)
    wait_until(lambda: bool(list(tmp_path.glob("*.pid"))), "the program to run")
    assert process.poll() is None

    stdin(process).close()

    assert process.wait(SECONDS_MAX) == -ending


def test_the_program_gets_its_own_arguments_and_its_exit_code_is_passed_on(start: Start) -> None:
    assert start("dies").wait(SECONDS_MAX) == 3
