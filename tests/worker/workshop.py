"""A workshop on a real database and a real folder, whose provider does what a test tells it."""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PIL import Image

from darkroom import queue
from darkroom.database import borrowed, open_pool
from darkroom.objects import open_objects
from darkroom.secrets import SecretBox
from darkroom.settings import read_settings
from tests.cli import KEY
from tests.support import WAIT_SECONDS_MAX
from worker.calls import Call, Caption, Picture
from worker.leases import Held, Leases
from worker.progress import Announcer
from worker.work import Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from darkroom.objects import Objects
    from darkroom.queue import CaptionResult, ImageResult
    from worker.calls import Remember


def png(color: str = "teal", size: tuple[int, int] = (600, 300)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


@dataclass
class Maker:
    """A provider that does what it is told, and remembers what it was asked."""

    answer: Callable[[Call, Remember], Awaitable[Picture | Caption]]
    asked: list[tuple[str, Call]] = field(default_factory=list)
    remembered: list[str] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def generate(self, call: Call, remember: Remember) -> Picture:
        self.asked.append(("generate", call))

        async def noting(ref: str) -> None:
            await remember(ref)
            self.remembered.append(ref)

        made = await self.answer(call, noting)
        assert isinstance(made, Picture)
        return made

    async def edit(self, call: Call, remember: Remember) -> Picture:
        self.asked.append(("edit", call))
        made = await self.answer(call, remember)
        assert isinstance(made, Picture)
        return made

    async def caption(self, call: Call, remember: Remember) -> Caption:  # noqa: ARG002 -- the protocol's words
        self.asked.append(("caption", call))
        return Caption("Words.\0 \ud800", Decimal("0.001"))

    async def resume(self, call: Call, ref: str) -> Picture | Caption:
        self.resumed.append(ref)
        return await self.answer(call, nobody)

    async def cancel(self, call: Call, ref: str) -> None:  # noqa: ARG002
        self.cancelled.append(ref)


async def nobody(ref: str) -> None:
    raise AssertionError(f"{ref} is known already")


async def at_once(_: Call, __: Remember) -> Picture:
    return Picture(png(), seed=2**60, revised_prompt="teal\0, all of it", cost=Decimal("NaN"))


async def never(_: Call, remember: Remember) -> Picture:
    await remember("ref-1")
    await asyncio.sleep(10 * WAIT_SECONDS_MAX)
    raise AssertionError("it was not stopped")


async def seen(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not condition():  # noqa: ASYNC110 -- of a database and of files
            await asyncio.sleep(0.005)


@dataclass
class Bench:
    """A workshop, and what is beside it."""

    shop: Workshop
    maker: Maker
    folder: Path

    async def claim(self) -> Held:
        async with borrowed(self.shop.pool, WAIT_SECONDS_MAX) as conn:
            claim = await queue.claim_jobs(conn, "worker", 1, ["sketch", "replicate"], 60, {})
        return self.shop.leases.take(claim.jobs[0])

    async def begin(self, held: Held) -> asyncio.Task[ImageResult | CaptionResult]:
        task = asyncio.create_task(self._make(held))
        await seen(lambda: bool(self.maker.asked))
        return task

    async def _make(self, held: Held) -> ImageResult | CaptionResult:
        held.task = asyncio.current_task()
        return await self.shop.make(held)

    def kept(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.*") if path.is_file())


@asynccontextmanager
async def opened(
    database: str,
    folder: Path,
    answer: Callable[[Call, Remember], Awaitable[Picture | Caption]] = at_once,
    wrap: Callable[[Objects], Objects] = lambda objects: objects,
    **options: Any,
) -> AsyncIterator[Bench]:
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 -- a test may
    settings = read_settings({"DATABASE_URL": database, "DARKROOM_STORAGE_URL": f"file://{folder}"})
    async with open_pool(database, role="darkroom_worker") as pool, open_objects(settings) as objects:
        maker = Maker(answer)
        box = options.pop("box", lambda: SecretBox((KEY,)))
        makers = {"sketch": maker, "replicate": maker}
        workshop = Workshop(pool, Leases(16), wrap(objects), makers, box, Announcer(pool), **options)
        yield Bench(workshop, maker, folder)
