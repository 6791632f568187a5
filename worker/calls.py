"""What a job asks of a provider, what comes back, and how a call fails: the words that loop and providers share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from darkroom.queue import Progress

if TYPE_CHECKING:
    from decimal import Decimal

FailureClass = Literal["transient", "timeout", "rate_limited", "token_rejected", "invalid", "moderated"]

# Called with the provider's own name for a running call, before it is polled: whoever takes the job over resumes it.
Remember = Callable[[str], Awaitable[None]]
# Called with how far the call has come, as often as the provider says so. It never waits and never fails.
Tell = Callable[[Progress], None]


@dataclass(frozen=True)
class Reference:
    """A picture the call is given, as bytes from our own storage."""

    role: str  # source, previous_turn, manual or mask
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True)
class Call:
    """One call to one model that makes one thing."""

    kind: Literal["image", "caption"]
    model: str  # by the provider's own name
    prompt: str = field(repr=False)
    aspect_ratio: str = "1:1"
    resolution: str = "1K"
    seed: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    attempt: int = 1
    secret: str | None = field(default=None, repr=False)
    tell: Tell = field(default=lambda _: None, repr=False, compare=False)


@dataclass(frozen=True)
class Picture:
    """A finished picture, as the provider sent it: nothing in it is trusted yet."""

    content: bytes = field(repr=False)
    seed: int | None = None
    revised_prompt: str | None = None
    cost: Decimal | None = None


@dataclass(frozen=True)
class Caption:
    """A finished caption."""

    text: str
    cost: Decimal | None = None


@dataclass(eq=False)
class CallError(Exception):
    """A call that failed. `message` is for operators, and never holds a secret."""

    failure: FailureClass
    message: str
    retry_after: float | None = None  # seconds, where the provider said so

    def __str__(self) -> str:
        return f"{self.failure}: {self.message}"


class Provider(Protocol):
    """A way to a company's models. Every method may raise CallError, and may be cancelled at any await."""

    async def generate(self, call: Call, remember: Remember) -> Picture: ...

    async def edit(self, call: Call, remember: Remember) -> Picture: ...

    async def caption(self, call: Call, remember: Remember) -> Caption: ...

    async def resume(self, call: Call, ref: str) -> Picture | Caption:
        """Wait for a call that was begun before, by this worker or another."""
        ...

    async def cancel(self, call: Call, ref: str) -> None:
        """Stop a call at the provider where it can be; as well as may be, and soon."""
        ...
