"""Where the API of an instance listens, for other commands of the same machine: a file in the data folder.

The process that listens writes it, since port 0 means any, and takes it away when it ends. It is a hint: whoever reads
it tries the address.
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from darkroom.api_settings import Address

FILE = "api.json"
BACKLOG = 2048


class Addresses(msgspec.Struct, frozen=True):
    api_url: str  # for browsers
    local_url: str  # for programs of this machine
    metrics_url: str | None
    process: int


def read_addresses(data: Path) -> Addresses | None:
    """Those of a process that is still there: one that was killed leaves its file behind."""
    try:
        found = msgspec.json.decode((data / FILE).read_bytes(), type=Addresses)
    except (OSError, msgspec.DecodeError):
        return None
    try:
        os.kill(found.process, 0)
    except ProcessLookupError:
        return None
    except PermissionError:  # somebody else's process
        pass
    return found


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


def open_socket(address: Address) -> socket.socket:
    """A socket that listens there; OSError if it cannot."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((address.host, address.port))
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened
