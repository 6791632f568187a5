"""The one tree of errors that callers tell apart, and the one place that maps what Postgres says to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(eq=False)
class DarkroomError(Exception):
    """A refusal with a reason. `kind` names it for programs, `message` and `hint` explain it to people."""

    message: str
    kind: str = ""
    hint: str = ""
    pointer: str = ""  # the JSON pointer of the field that is to blame
    facts: Mapping[str, Any] = field(default_factory=dict)
    seq: int | None = None  # the caller's event number, as of the refusal

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UnauthenticatedError(DarkroomError):
    """DR401: nobody is signed in, or no longer."""


class InsufficientCreditsError(DarkroomError):
    """DR402: `facts` holds `required` and `available`."""


class ForbiddenError(DarkroomError):
    """The database role may not do this: a bug in a caller, or somebody trying."""


class NotFoundError(DarkroomError):
    """DR404: unknown, or another user's; the two cannot be told apart."""


class ConflictError(DarkroomError):
    """DR409: right in itself, but not in the present state; `kind` says which."""


class EventsExpiredError(DarkroomError):
    """DR410: the events asked for are gone; `facts` holds the head's `seq` and `epoch` to go on from."""


class TooLargeError(DarkroomError):
    """DR413: over a limit of size."""


class InvalidError(DarkroomError):
    """DR422: a field cannot be accepted; `pointer` says which."""


class QueueFullError(DarkroomError):
    """DR429: the user has as many unfinished jobs as allowed."""


class UnavailableError(DarkroomError):
    """The database cannot be reached or is too busy just now. The same call may succeed later."""


class CollisionError(UnavailableError):
    """Others hold what the call needs, and did so each time it was tried again."""


class StorageError(UnavailableError):
    """The storage of objects cannot be reached, or refuses; the message says what to do. Later it may succeed."""


class ObjectMissingError(NotFoundError):
    """No object of this key is in storage."""


_BY_SQLSTATE: Mapping[str, tuple[type[DarkroomError], str]] = {
    "DR401": (UnauthenticatedError, "unauthenticated"),
    "DR402": (InsufficientCreditsError, "insufficient-credits"),
    "DR404": (NotFoundError, "not-found"),
    "DR409": (ConflictError, "conflict"),
    "DR410": (EventsExpiredError, "events-expired"),
    "DR413": (TooLargeError, "too-large"),
    "DR422": (InvalidError, "invalid-request"),
    "DR429": (QueueFullError, "queue-full"),
    "42501": (ForbiddenError, "forbidden"),
}

# Constraints whose violation is the caller's affair and not a bug of ours. Their names are a contract.
_BY_CONSTRAINT: Mapping[str, tuple[type[DarkroomError], str]] = {
    "users_name_key": (ConflictError, "a user of this name exists already"),
}

# JSON can write the character U+0000, text in Postgres cannot hold it. Its own words for that are for nobody.
_NO_TEXT = "22P05"

# Collisions, which a repetition mends: deadlock, serialisation failure, lock not available in time.
RETRYABLE = frozenset({"40P01", "40001", "55P03"})
# Connection lost or refused, resources used up, server starting or stopping, a statement over its time.
_UNAVAILABLE_CLASSES = ("08", "53", "57")


def translate(error: psycopg.Error) -> DarkroomError | None:
    """The error that a caller should see, or None where it is a bug and belongs in the log with its traceback."""
    state = error.sqlstate or ""
    diag = error.diag
    message = diag.message_primary or "the database refused"
    if state in _BY_SQLSTATE:
        kind_of_error, kind = _BY_SQLSTATE[state]
        return kind_of_error(
            message,
            kind=(diag.constraint_name if state.startswith("DR") else None) or kind,
            hint=diag.message_hint or "",
            pointer=diag.column_name or "",
            facts=_facts(diag.message_detail),
            seq=int(diag.datatype_name) if diag.datatype_name else None,
        )
    if state == _NO_TEXT:
        return InvalidError("No text can hold the character U+0000.", kind="invalid-request")
    if diag.constraint_name and diag.constraint_name in _BY_CONSTRAINT and state.startswith("23"):
        kind_of_error, sentence = _BY_CONSTRAINT[diag.constraint_name]
        return kind_of_error(sentence, kind="conflict")
    if state in RETRYABLE:
        return CollisionError("Too much is being done at once to the same things.", kind="unavailable")
    lost = isinstance(error, psycopg.OperationalError) and not state
    if lost or state.startswith(_UNAVAILABLE_CLASSES):
        return UnavailableError("The database cannot answer just now.", kind="unavailable")
    return None


def _facts(detail: str | None) -> dict[str, Any]:
    """What `refuse` puts into DETAIL. Other text there may quote rows, and is not for clients."""
    try:
        found = json.loads(detail or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
