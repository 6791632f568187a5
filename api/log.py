"""One JSON object per line on standard error: when, how bad, where, what, and `facts` given with `extra`.

Facts are ids, names, numbers and route templates. Keys, cookies, tickets, queries, prompts and bodies never are, nor
are the words of an exception, which may quote any of them: of those it says where and of what kind.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime

import msgspec

_encode = msgspec.json.Encoder(enc_hook=str).encode


class Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().strip(),
        }
        said |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1]:
            said["exception"] = trace(record.exc_info[1])
        return _encode(said).decode()


def set_up(level: str = "info") -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Libraries tell at INFO what they do, addresses and all; what matters of it we say ourselves.
    for library in (
        "uvicorn",
        "psycopg",
        "websockets",
        "httpx",
        "httpcore",
        "PIL",
        "asyncio",
        "python_multipart",
    ):
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(is_ours)
    # They say for each attempt what is said once it has failed; urllib3 with the object's key, which nobody can guess.
    for repetitive in ("psycopg.pool", "urllib3"):
        logging.getLogger(repetitive).setLevel(logging.ERROR)


def is_ours(record: logging.LogRecord) -> bool:
    """Not what a client did: a frame that is no UTF-8 closes its socket with 1007, and is told with the socket."""
    return record.msg != "Invalid UTF-8 sequence received from client."


def trace(error: BaseException) -> str:
    """Where it happened and what kind it is, without its text, which may quote what it stumbled over."""
    kinds = []
    seen: BaseException | None = error
    while seen is not None:
        # Source lines are left out with the text: they are in the repository.
        frames = "".join(
            f"{frame.filename}:{frame.lineno} {frame.name}\n" for frame in traceback.extract_tb(seen.__traceback__)
        )
        kinds.append(f"{frames}{type(seen).__module__}.{type(seen).__name__}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\nwhile dealing with\n".join(kinds)
