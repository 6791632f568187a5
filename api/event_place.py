"""Where a client says it is in its events: a number, and the epoch in which it was given out."""

from __future__ import annotations

import re

_EPOCH = re.compile(r"[0-9A-Za-z-]{1,100}")
_LAST_ID = re.compile(r"(?P<epoch>[0-9A-Za-z-]{1,100})\.(?P<seq>[0-9]{1,18})")
UNKNOWN = "unknown"


def known_epoch(epoch: str | None) -> str | None:
    """The epoch to be asked about. One that no server has ever given out is another one, whatever it holds."""
    return epoch if epoch is None or _EPOCH.fullmatch(epoch) else UNKNOWN


def place_of(last_id: str) -> tuple[int, str]:
    """Where a client is that shows this Last-Event-ID."""
    found = _LAST_ID.fullmatch(last_id)
    return (int(found["seq"]), found["epoch"]) if found else (0, UNKNOWN)
