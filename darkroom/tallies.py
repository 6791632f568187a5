"""Counts of calls and how long they took, from the workers that make them to whoever watches over an instance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from darkroom.database import AsyncConnection

# Calls of at most so many seconds are counted beside all of them. The database keeps as many numbers.
BOUNDS_SECONDS = (1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)


@dataclass
class Tally:
    jobs: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * len(BOUNDS_SECONDS))


class Tallies:
    """What was counted since it was last taken."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str, str], Tally] = {}

    def add(self, provider: str, kind: str, outcome: str, seconds: float) -> None:
        """One call: of which provider, for an image or a caption, and `completed` or the class of its failure."""
        tally = self._tallies.setdefault((provider, kind, outcome), Tally())
        tally.jobs += 1
        tally.seconds += max(0.0, seconds)
        for place, bound in enumerate(BOUNDS_SECONDS):
            tally.buckets[place] += seconds <= bound

    def take(self) -> list[dict[str, Any]]:
        """All of it, as the database takes it; from here on it is counted from nothing."""
        taken, self._tallies = self._tallies, {}
        return [
            {"provider": provider, "kind": kind, "outcome": outcome} | vars(tally)
            for (provider, kind, outcome), tally in taken.items()
        ]


async def tally_jobs(conn: AsyncConnection, tallies: list[dict[str, Any]]) -> None:
    await conn.execute("select darkroom.tally_jobs(%s)", (Jsonb(tallies),))
