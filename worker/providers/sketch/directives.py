"""What a prompt may order in square brackets, so that delays and failures can be shown and tested."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

from worker.calls import FailureClass

if TYPE_CHECKING:
    from worker.calls import Call

DELAY_SECONDS_MAX = 600.0

_DELAY = re.compile(r"\[delay=(\d+(?:\.\d+)?)(ms|s)\]", re.IGNORECASE)
_FAIL = re.compile(rf"\[fail=({'|'.join(get_args(FailureClass))})(?:\*(\d+))?\]", re.IGNORECASE)
_CAPTION_FAIL = re.compile(r"\[caption_fail\]", re.IGNORECASE)


@dataclass(frozen=True)
class Orders:
    """What is to be done with a call, and the words that are left of its prompt."""

    words: str
    delay_seconds: float = 0.0
    failure: FailureClass | None = None


def read_orders(call: Call) -> Orders:
    """The orders in the prompt of a call. `[fail=…]` is for pictures, `[caption_fail]` for captions."""
    delays = [float(number) / (1000 if unit.lower() == "ms" else 1) for number, unit in _DELAY.findall(call.prompt)]
    failure: FailureClass | None = None
    if call.kind == "caption":
        failure = "invalid" if _CAPTION_FAIL.search(call.prompt) else None
    else:
        due = (name for name, times in _FAIL.findall(call.prompt) if not times or call.attempt <= int(times))
        failure = cast("FailureClass | None", next((name.lower() for name in due), None))
    words = call.prompt
    for pattern in (_DELAY, _FAIL, _CAPTION_FAIL):
        words = pattern.sub(" ", words)
    return Orders(" ".join(words.split()), min(sum(delays), DELAY_SECONDS_MAX), failure)
