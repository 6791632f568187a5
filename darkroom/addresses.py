"""Where the API of an instance can be reached, for other commands of the same machine: a file in the data folder.

The process that listens writes it, since port 0 means any, and takes it away when it ends. It is a hint: whoever reads
it tries the address.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "api.json"


class Addresses(msgspec.Struct, frozen=True):
    api_url: str  # for browsers
    local_url: str  # for programs of this machine
    metrics_url: str | None
    process: int


def read_addresses(data: Path) -> Addresses | None:
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=Addresses)
    except (OSError, msgspec.DecodeError):
        return None


@contextlib.contextmanager
def published(data: Path, addresses: Addresses) -> Iterator[None]:
    """The file is there while this is open, as far as the folder allows."""
    path = data / FILE
    scratch = data / f"{FILE}.{addresses.process}"
    with contextlib.suppress(OSError):
        scratch.write_bytes(msgspec.json.encode(addresses))
        scratch.replace(path)
    try:
        yield
    finally:
        known = read_addresses(data)
        if known is not None and known.process == os.getpid():
            path.unlink(missing_ok=True)
