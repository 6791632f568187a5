"""Many clients that follow at once, in a thread of their own, each writing down the numbers it sees."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from darkroom.client import Client
from tests.support import WAIT_SECONDS_MAX, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.api.conftest import User


@dataclass
class Watcher:
    """What one client has seen of its user."""

    user: User
    urls: Sequence[str]
    seqs: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    generations: set[str] = field(default_factory=set)
    greeted: bool = False

    async def watch(self) -> None:
        async with Client(*self.urls, key=self.user.key, patience_seconds=WAIT_SECONDS_MAX) as client:
            events = client.events(0)
            self.greeted = True
            async for event in events:
                self.seqs.append(event["seq"])
                self.kinds.append(event["kind"])
                if "generation_id" in event.get("ids", {}):
                    self.generations.add(event["ids"]["generation_id"])

    def has_all(self, head: int) -> bool:
        return bool(self.seqs) and self.seqs[-1] >= head

    def check(self, head: int) -> None:
        """Every event once, in order, and nothing else."""
        assert self.seqs == list(range(1, head + 1)), f"{self.user.name}: {self.seqs}"
        assert "reset" not in self.kinds


@contextlib.contextmanager
def watching(watchers: Sequence[Watcher]) -> Iterator[None]:
    """All of them follow until the end of the block. Whatever one of them died of is raised there."""
    loop = asyncio.new_event_loop()
    tasks = [loop.create_task(watcher.watch()) for watcher in watchers]
    thread = threading.Thread(target=loop.run_until_complete, args=(_all(tasks),))
    thread.start()
    try:
        wait_until(lambda: all(watcher.greeted for watcher in watchers), "everybody to be there")
        yield
    finally:
        for task in tasks:
            loop.call_soon_threadsafe(task.cancel)
        thread.join(WAIT_SECONDS_MAX)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    for task in tasks:
        if not task.cancelled():
            task.result()


async def _all(tasks: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
