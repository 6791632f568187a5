"""How jobs are made: what the loop needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from darkroom.queue import CaptionResult, ImageResult
    from worker.leases import Held


@dataclass(frozen=True)
class Craft:
    providers: Sequence[str]
    need_token: frozenset[str]  # those of them that cannot be called without one
    can_decrypt: Callable[[], bool]
    make: Callable[[Held], Awaitable[ImageResult | CaptionResult]]  # may raise CallError
    discard: Callable[[Sequence[str]], Coroutine[Any, Any, None]]  # deletes objects, as well as may be
