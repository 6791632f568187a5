"""systemd hears from us over its socket, and only where it listens."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from darkroom import service
from darkroom.service import notify, watchdog_interval
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WATCH = ("WATCHDOG_USEC", "WATCHDOG_PID")
KINDS = ["path", "abstract"] if sys.platform == "linux" else ["path"]


@contextlib.contextmanager
def listener(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.settimeout(WAIT_SECONDS_MAX)
        server.bind("\0" + address[1:] if address.startswith("@") else address)
        yield server


@pytest.fixture(params=KINDS)
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket that systemd would read, of each kind it uses."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@darkroom-{secrets.token_hex(8)}"
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with listener(address) as server:
        yield server


def test_a_state_arrives_as_one_message(systemd: socket.socket) -> None:
    notify("READY=1\nSTATUS=8 free slots, läuft")
    notify("STOPPING=1")

    assert systemd.recv(4096).decode() == "READY=1\nSTATUS=8 free slots, läuft"
    assert systemd.recv(4096) == b"STOPPING=1"


@pytest.mark.parametrize("address", [None, ""])
def test_without_systemd_nothing_happens(
    address: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)

    with caplog.at_level(logging.DEBUG):
        notify("READY=1")

    assert caplog.records == []


def test_a_socket_that_nobody_reads_costs_a_warning_and_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("READY=1")
    assert "READY" in caplog.text

    monkeypatch.setattr(service, "SEND_SECONDS_MAX", 0.05)
    full = tmp_path / "full"
    monkeypatch.setenv("NOTIFY_SOCKET", str(full))
    with listener(str(full)):
        caplog.clear()
        begun = time.monotonic()
        while not caplog.records:
            notify("WATCHDOG=1")
            assert time.monotonic() - begun < WAIT_SECONDS_MAX
    assert "WATCHDOG" in caplog.text


@pytest.mark.parametrize(
    ("usec", "pid", "interval"),
    [
        ("30000000", "own", 15.0),
        ("30000000", None, 15.0),
        ("30000000", "1", None),  # another process is watched
        (None, None, None),
        ("", "own", None),
        ("0", "own", None),
        ("soon", "own", None),
    ],
)
def test_the_watchdog_is_fed_twice_in_its_time(
    usec: str | None, pid: str | None, interval: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in zip(WATCH, (usec, str(os.getpid()) if pid == "own" else pid), strict=True):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)

    assert watchdog_interval() == interval
