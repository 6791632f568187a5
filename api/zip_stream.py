"""Pictures as one ZIP file, written while it is read: nothing is packed, so its length is known before it begins.

Nobody packs a picture smaller than it is. What a file holds comes first and its checksum behind it, so that no picture
is ever in memory as a whole. Places are written with 64 bits, since 4 GiB are soon full.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from darkroom.errors import ObjectMissingError, StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from darkroom.objects import Objects

VERSION = 45  # of the format: 64 bits
MADE_BY_UNIX = 3 << 8
FLAGS = 1 << 3 | 1 << 11  # the checksum comes behind; names are UTF-8
STORED = 0
MODE = 0o100644 << 16
IN_64_BITS = 0xFFFFFFFF
COUNT_IN_64_BITS = 0xFFFF

LOCAL = struct.Struct("<4s5H3L2H")
BEHIND = struct.Struct("<4s3L")
ENTRY = struct.Struct("<4s6H3L5H2L")
PLACE = struct.Struct("<HHQ")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
END = struct.Struct("<4s4H2LH")

NOTE = b"This picture was deleted while the download was under way.\n"
SPACES = b" " * 65_536


class File(msgspec.Struct):
    """A picture that is to be in it."""

    object_key: str
    name: str
    bytes: int
    created_at: datetime


def length(files: Sequence[File]) -> int:
    """How long the whole will be."""
    each = LOCAL.size + BEHIND.size + ENTRY.size + PLACE.size
    end = END_64.size + LOCATOR.size + END.size
    return sum(file.bytes + 2 * len(file.name.encode()) + each for file in files) + end


async def written(objects: Objects, files: Sequence[File]) -> AsyncGenerator[bytes, None]:
    """The whole, in pieces. A picture that is gone by now is replaced by a note, since its room was promised."""
    at, entries = 0, []
    for file in files:
        source = objects.stream(file.object_key)
        async with contextlib.aclosing(source):
            name, (time, date) = file.name.encode(), _dos_time(file.created_at)
            try:
                pieces = _pieces(await anext(source, b""), source)
            except ObjectMissingError:
                name, pieces = _note_name(file.name).encode(), _note(file.bytes)
            yield LOCAL.pack(b"PK\3\4", VERSION, FLAGS, STORED, time, date, 0, 0, 0, len(name), 0) + name
            checksum, left = 0, file.bytes
            async for piece in pieces:
                checksum, left = zlib.crc32(piece, checksum), left - len(piece)
                if left < 0:
                    break
                yield piece
            if left:
                raise StorageError(f"{file.object_key} has not the {file.bytes} bytes that the database says.")
        yield BEHIND.pack(b"PK\7\10", checksum, file.bytes, file.bytes)
        entry = ENTRY.pack(
            b"PK\1\2", MADE_BY_UNIX | VERSION, VERSION, FLAGS, STORED, time, date, checksum, file.bytes, file.bytes,
            len(name), PLACE.size, 0, 0, 0, MODE, IN_64_BITS,
        )  # fmt: skip
        entries.append(entry + name + PLACE.pack(1, 8, at))
        at += LOCAL.size + len(name) + file.bytes + BEHIND.size
    size = 0
    for entry in entries:
        yield entry
        size += len(entry)
    yield _end(len(entries), at, size)


def _end(count: int, at: int, size: int) -> bytes:
    """Where the list of all entries is, in 64 bits; and for readers from the end, where to find that."""
    return (
        END_64.pack(b"PK\6\6", END_64.size - 12, MADE_BY_UNIX | VERSION, VERSION, 0, 0, count, count, size, at)
        + LOCATOR.pack(b"PK\6\7", 0, at + size, 1)
        + END.pack(b"PK\5\6", 0, 0, COUNT_IN_64_BITS, COUNT_IN_64_BITS, IN_64_BITS, IN_64_BITS, 0)
    )


async def _pieces(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield first
    async for piece in rest:
        yield piece


async def _note(room: int) -> AsyncGenerator[bytes, None]:
    yield NOTE[:room]
    room -= len(NOTE)
    while room > 0:
        yield SPACES[:room]
        room -= len(SPACES)


def _note_name(name: str) -> str:
    """A name of the same length that no program takes for a picture's."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{'text' if len(ending) == 4 else 'txt'}"


def _dos_time(at: datetime) -> tuple[int, int]:
    """The time of a day, in steps of two seconds, and the day, as of 1980."""
    return at.hour << 11 | at.minute << 5 | at.second // 2, max(0, at.year - 1980) << 9 | at.month << 5 | at.day
