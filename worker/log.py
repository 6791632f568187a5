"""One line per event on standard error: time, level, where, what, and facts as name=value.

Facts are numbers, ids, names and classes. Prompts, secrets and providers' own words never are: the latter may repeat
both, and stand in the job's row for operators.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

_log = logging.getLogger("worker")


class Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        parts = [at, record.levelname.lower(), record.name, record.getMessage().replace("\n", " ")]
        if record.exc_info and record.exc_info[1]:
            parts.append(f"exception={_value(trace(record.exc_info[1]))}")
        return " ".join(parts)


def set_up(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    # Libraries tell all they do, and some every attempt: what matters of it we say ourselves, without the addresses of
    # objects, which nobody can guess.
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for repetitive in ("psycopg.pool", "urllib3"):
        logging.getLogger(repetitive).setLevel(logging.ERROR)
    for ours in ("worker", "darkroom"):
        logging.getLogger(ours).setLevel(level.upper())


def event(what: str, level: int = logging.INFO, /, **facts: object) -> None:
    if _log.isEnabledFor(level):
        _log.log(level, " ".join([what, *(f"{name}={_value(fact)}" for name, fact in facts.items())]))


def trace(error: BaseException) -> str:
    """Where it happened and what kind it is, without its text, which may quote what it stumbled over."""
    kinds = []
    seen: BaseException | None = error
    while seen is not None:
        frames = "".join(traceback.format_list(traceback.extract_tb(seen.__traceback__)))
        kinds.append(f"{frames}{type(seen).__module__}.{type(seen).__name__}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\nwhile dealing with\n".join(kinds)


def _value(fact: object) -> str:
    text = str(fact)
    return text if text and all(letter.isprintable() and letter not in ' "=' for letter in text) else json.dumps(text)
