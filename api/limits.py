"""How often one may call: so many times a second for each key, with a burst, counted in this process.

A credential counts for its key once it has opened something; until then, and for whoever shows none, the address it
comes from counts. So somebody who tries keys is held back before the database is asked, and who has one is not; what
was counted for his address is given back.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Hashable

    from starlette.requests import HTTPConnection

    from darkroom.clients import Caller, Credentials, Reply

ENTRIES_MAX = 20_000
V = TypeVar("V")


@dataclass(frozen=True)
class Known:
    """Whose credential it is, and the event number that was answered to it last."""

    caller: Caller
    seq: int


@dataclass
class Bucket:
    """Calls that may be made at once; they come back with time."""

    calls: float
    at: float


class Limits:
    """`rate` is calls a second; 0 is no limit. Who was not seen for long is forgotten first, with a full burst."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()
        self._known: OrderedDict[Credentials, Known] = OrderedDict()

    def known(self, who: Credentials) -> Known | None:
        """What is known of a credential that was seen before."""
        return self._known.get(who)

    def admit(self, who: Credentials | None, address: str) -> None:
        """Count a call, or refuse it."""
        known = None if who is None else self._known.get(who)
        if known is not None and who is not None:
            self._known.move_to_end(who)
        if self.rate:
            self._take(address if known is None else known.caller.key or known.caller.user)

    def recognise(self, who: Credentials, reply: Reply, address: str) -> None:
        """This credential has opened something."""
        if who not in self._known and address in self._buckets:
            self._buckets[address].calls += 1
        _keep(self._known, who, Known(reply.caller, reply.seq))

    def forget(self, who: Credentials) -> None:
        """This credential opens nothing any more."""
        self._known.pop(who, None)

    def _take(self, owner: Any) -> None:
        now = time.monotonic()
        bucket = self._buckets.get(owner) or Bucket(self.burst, now)
        bucket.calls = min(self.burst, bucket.calls + (now - bucket.at) * self.rate)
        bucket.at = now
        _keep(self._buckets, owner, bucket)
        if bucket.calls < 1:
            raise Problem(
                "rate-limited",
                f"These are more than {self.rate:g} calls a second, and the burst of {self.burst:,} is used up.",
                retry_after=(1 - bucket.calls) / self.rate,
            )
        bucket.calls -= 1


def address_of(request: HTTPConnection) -> str:
    """Whose address it is, as far as the proxies before us are trusted to say."""
    return "" if request.client is None else request.client.host


def _keep(table: OrderedDict[Any, V], key: Any, value: V) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > ENTRIES_MAX:
        table.popitem(last=False)
