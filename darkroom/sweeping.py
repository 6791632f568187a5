"""Objects in storage that nothing names: left by processes that died between an object and its row.

Storage lists its objects in the order of their keys, and so does the database: the two are read side by side, however
many they are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from darkroom.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from darkroom.objects import Objects, StoredObject

# What is younger may be about to get its row.
AGE = timedelta(days=1)
LOT = 500
# Where we put objects, in the order of keys. Whatever else lies beside them is not ours.
PREFIXES = ("images/", "probe-", "uploads/")


async def orphans(objects: Objects, known: Iterator[str]) -> AsyncIterator[StoredObject]:
    """Objects of a day and older that are not among the known ones, which come in the order of their keys."""
    before = datetime.now(UTC) - AGE
    name = next(known, None)
    for prefix in PREFIXES:
        async for found in objects.list(prefix):
            while name is not None and name < found.key:
                name = next(known, None)
            if name != found.key and found.modified < before:
                yield found


def checked(known: Iterator[str]) -> Iterator[str]:
    """The known ones; ConflictError if there are none, since then everything would be deleted."""
    first = next(known, None)
    if first is None:
        raise ConflictError(
            "This database names no object at all.", kind="conflict", hint="Is it the one that belongs to this storage?"
        )
    yield first
    yield from known


async def in_lots(found: AsyncIterator[StoredObject]) -> AsyncIterator[list[StoredObject]]:
    """As many at a time as one request deletes, or fewer."""
    lot: list[StoredObject] = []
    async for each in found:
        lot.append(each)
        if len(lot) == LOT:
            yield lot
            lot = []
    if lot:
        yield lot
