"""The offline provider, without network or key: draws the prompt's words, edits a given picture, writes captions."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from darkroom.queue import Progress
from worker.calls import CallError, Caption, Picture
from worker.providers.sketch.directives import Orders, read_orders
from worker.providers.sketch.drawing import draw, redraw
from worker.providers.sketch.words import write_caption

if TYPE_CHECKING:
    from collections.abc import Callable

    from worker.calls import Call, Remember

SEED_MAX = 2**31 - 1
TELL_SECONDS = 1.0


class Sketch:
    """Models `watercolor` and `ink` for pictures, `words` for captions.

    With `directives` it obeys what the prompt orders in square brackets; without, those are words like others.
    """

    def __init__(self, *, directives: bool = False) -> None:
        self._directives = directives

    async def generate(self, call: Call, remember: Remember) -> Picture:
        return await self._picture(call, draw)

    async def edit(self, call: Call, remember: Remember) -> Picture:
        return await self._picture(call, redraw)

    async def caption(self, call: Call, remember: Remember) -> Caption:
        words = await self._obey(call)
        if call.model != "words":
            raise CallError("invalid", "sketch has one text model: words")
        return Caption(write_caption(words, random.Random(f"{call.seed}/{words}")))

    async def resume(self, call: Call, ref: str) -> Picture | Caption:
        raise CallError("transient", "a sketch cannot be resumed: it is drawn again")

    async def cancel(self, call: Call, ref: str) -> None:
        """There is nothing to stop: nobody else draws."""

    async def _picture(self, call: Call, make: Callable[[Call, str, int], bytes]) -> Picture:
        words = await self._obey(call)
        seed = random.randint(0, SEED_MAX) if call.seed is None else call.seed
        return Picture(await asyncio.to_thread(make, call, words, seed), seed)

    async def _obey(self, call: Call) -> str:
        """Do what the prompt orders, if it may, and return its words."""
        orders = read_orders(call) if self._directives else Orders(" ".join(call.prompt.split()))
        await _wait(call, orders.delay_seconds)
        if orders.failure:
            raise CallError(orders.failure, f"the prompt ordered this failure, at attempt {call.attempt}")
        return orders.words


async def _wait(call: Call, seconds: float) -> None:
    """The delay that was ordered, telling how much of it is over. Drawing takes no time that anybody could watch."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        call.tell(Progress("processing", round(1 - left / seconds, 2)))
        await asyncio.sleep(min(left, TELL_SECONDS))
