"""A process that puts into a folder until it is killed, or once. Tests start it and see what it leaves.

python -m tests.objects_user FOLDER KEY BYTES [forever]
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from darkroom.errors import StorageError
from darkroom.objects import open_objects
from darkroom.settings import Settings
from darkroom.storage_url import FolderUrl


async def put(folder: str, key: str, size: str, *forever: str) -> None:
    async with open_objects(Settings(storage_url=FolderUrl(Path(folder)))) as objects:
        for number in itertools.count() if forever else (0,):
            try:
                await objects.put(key, bytes([number % 256]) * int(size), "text/plain")
                print("put", flush=True)  # noqa: T201
            except StorageError as error:
                print("refused", error, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(put(*sys.argv[1:]))
