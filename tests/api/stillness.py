"""That nothing changes: not a row of any table."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from tests.sql import engine
from tests.sql.test_bad_input import checksum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connection


@contextlib.contextmanager
def unchanged(db: Connection) -> Iterator[None]:
    """The block leaves everybody's things as they are."""
    before = _state(db)
    yield
    assert _state(db) == before


def _state(db: Connection) -> dict[str, Any]:
    """Of all there is, but when a key was last used, and until when a user is watched by whoever follows events."""
    heads = engine.rows(db, "select to_jsonb(h) - 'watched_until' as head from darkroom.event_heads as h order by 1")
    return checksum(db) | {"api_keys": "", "event_heads": heads}
