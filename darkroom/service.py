"""What a process tells systemd about itself; silence where systemd did not start it."""

from __future__ import annotations

import logging
import os
import socket

SEND_SECONDS_MAX = 1.0
_log = logging.getLogger(__name__)


def notify(state: str) -> None:
    """Say READY=1, STOPPING=1, WATCHDOG=1 or STATUS=…, several of them on lines of their own.

    A message that cannot be sent is lost with a warning: whoever misses it is systemd, which acts on its own deadlines.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(SEND_SECONDS_MAX)
            sender.connect(address)
            sender.send(state.encode())
    except OSError as error:
        _log.warning("systemd could not be told %s: %s", state.partition("=")[0], error.strerror or error)


def watchdog_interval() -> float | None:
    """Seconds between two WATCHDOG=1: half of what systemd allows, as it advises. None where it does not watch us."""
    allowed = os.environ.get("WATCHDOG_USEC", "")
    watched = os.environ.get("WATCHDOG_PID", "")  # a child inherits the variables, and is not who is meant
    if not allowed.isdecimal() or int(allowed) == 0 or watched not in {"", str(os.getpid())}:
        return None
    return int(allowed) / 1_000_000 / 2
