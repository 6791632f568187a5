"""How long a provider asks us to wait, from the header, the counters or the words it says it with."""

from __future__ import annotations

import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS_MAX = 86_400.0
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|milli|[smhd])[a-z]*")
_IN_WORDS = re.compile(r"\b(?:in|after|for|wait)\s+(?:about\s+)?~?\s*((?:\d[\d.]*\s*[a-z]+[\s,]*)+)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")


def told_wait(headers: Mapping[str, str], said: str, now: float | None = None) -> float | None:
    """Seconds from now, at most a day; None where nobody said."""
    now = time.time() if now is None else now
    for wait in (_after(headers, now), _used_up(headers), _reset(headers, now), _in_words(said)):
        if wait is not None:
            return min(max(wait, 0.0), SECONDS_MAX)
    return None


def _after(headers: Mapping[str, str], now: float) -> float | None:
    if milliseconds := _NUMBER.fullmatch(headers.get("retry-after-ms", "")):
        return float(milliseconds[0]) / 1000
    value = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now


def _used_up(headers: Mapping[str, str]) -> float | None:
    """OpenAI counts requests and tokens apart, each with the time until it starts anew."""
    waits = [
        _duration(headers.get(f"x-ratelimit-reset-{what}", ""))
        for what in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{what}", "").strip() == "0"
    ]
    return max((wait for wait in waits if wait is not None), default=None)


def _reset(headers: Mapping[str, str], now: float) -> float | None:
    """A moment in milliseconds (OpenRouter) or seconds of the epoch, or seconds from now."""
    value = _NUMBER.fullmatch(headers.get("x-ratelimit-reset", "").strip())
    if value is None:
        return None
    moment = float(value[0])
    if moment > 1e11:
        return moment / 1000 - now
    return moment - now if moment > 1e9 else moment


def _in_words(said: str) -> float | None:
    found = _IN_WORDS.search(said)
    return _duration(found[1].lower()) if found else None


def _duration(text: str) -> float | None:
    """As in `1m30s`, `20ms`, `2 minutes, 5 seconds`."""
    parts = _PART.findall(text)
    return sum(float(number) * _UNITS["ms" if unit == "milli" else unit] for number, unit in parts) if parts else None
