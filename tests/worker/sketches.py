"""Calls of the offline provider, and ways to look at what it drew."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageStat

from worker.calls import Call, Reference
from worker.providers.sketch import Sketch

if TYPE_CHECKING:
    from worker.calls import Caption, Picture

ASKED = Call("image", "watercolor", "a house in the hills by day", seed=7)


async def remember(ref: str) -> None:
    raise AssertionError(f"a sketch is never to be resumed, and yet it gave itself the name {ref}")


def generate(call: Call = ASKED, *, directives: bool = False) -> Picture:
    return asyncio.run(Sketch(directives=directives).generate(call, remember))


def edit(call: Call, *, directives: bool = False) -> Picture:
    return asyncio.run(Sketch(directives=directives).edit(call, remember))


def caption(prompt: str, *, seed: int | None = 7, directives: bool = False) -> Caption:
    call = Call("caption", "words", prompt, seed=seed)
    return asyncio.run(Sketch(directives=directives).caption(call, remember))


@cache
def drawn(prompt: str = ASKED.prompt, model: str = "watercolor", seed: int = 7) -> bytes:
    return generate(replace(ASKED, prompt=prompt, model=model, seed=seed)).content


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def given(content: bytes, role: str = "source") -> Reference:
    return Reference(role, content, "image/png")


def flat(colour: tuple[int, ...] | str, size: tuple[int, int] = (64, 64), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, "PNG")
    return file.getvalue()


def mean(content: bytes) -> list[float]:
    return ImageStat.Stat(opened(content).convert("RGB").reduce(8)).mean


def likeness(one: bytes, other: bytes) -> float:
    """How much two pictures have in common: 1 the same forms, 0 none (the correlation of their greys)."""
    greys = [list(opened(content).convert("L").resize((48, 48)).tobytes()) for content in (one, other)]
    (a, b), count = greys, 48 * 48
    mean_a, mean_b = sum(a) / count, sum(b) / count
    shared = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    spread = sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)
    return float(shared / max(1.0, spread**0.5))
