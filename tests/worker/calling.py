"""Make one call over a provider, against the server of the tests, and see what came of it."""

from __future__ import annotations

import asyncio
import ssl
import traceback
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from darkroom.settings import read_settings
from tests.support import WAIT_SECONDS_MAX
from tests.worker.provider_wire import SYNCHRONOUS
from worker.calls import Call, CallError, Caption, Picture, Reference
from worker.download import Downloads, Limits
from worker.providers import open_providers
from worker.providers.following import Patience

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.worker.provider_server import ProviderServer
    from worker.calls import Provider

SECRET = "id-Qw3rTy77:s3cr3t-Zx9cVb1N"
PROMPT = "a lighthouse in the fog, seen by a gull"
MODELS = {
    "replicate": "black-forest-labs/flux-2-flex",
    "openrouter": "google/gemini-2.5-flash-image",
    "openai": "gpt-image-1.5",
    "fal": "fal-ai/flux/dev",
}
QUICK = Patience(seconds_max=WAIT_SECONDS_MAX, poll_seconds=0.01, failures_max=4, pause_seconds_max=0.02)
QUICK_DOWNLOADS = Limits(
    pause_seconds=0, connect_seconds=WAIT_SECONDS_MAX, read_seconds=WAIT_SECONDS_MAX, total_seconds=WAIT_SECONDS_MAX
)
TLS = ssl.create_default_context()
PNG = b"\x89PNG"


def call_of(provider: str, **how: Any) -> Call:
    return replace(Call("image", MODELS[provider], PROMPT, seed=7, secret=SECRET), **how)


def references(*roles: str) -> tuple[Reference, ...]:
    """Pictures of which the first bytes tell them apart."""
    return tuple(Reference(role, PNG + bytes([number]), "image/png") for number, role in enumerate(roles))


@dataclass
class Outcome:
    """What came of a call, and under which names it asked to be remembered."""

    remembered: list[str] = field(default_factory=list)
    result: Picture | Caption | None = None
    refusal: CallError | None = None

    @property
    def picture(self) -> Picture:
        assert isinstance(self.result, Picture), self.refusal
        return self.result

    @property
    def caption(self) -> Caption:
        assert isinstance(self.result, Caption), self.refusal
        return self.result

    @property
    def error(self) -> CallError:
        assert self.refusal is not None, "the call worked"
        return self.refusal

    @property
    def everything_said(self) -> str:
        """All that a log, a column or a debugger could show of the refusal."""
        error = self.error
        return "".join([*traceback.format_exception(error), repr(error), repr(error.__context__), str(error.args)])


@asynccontextmanager
async def opened(server: ProviderServer, name: str, **how: Any) -> AsyncIterator[Any]:
    """A provider that takes the server for the company, impatiently; `how` are its own knobs."""
    settings = read_settings(server.settings)
    downloads = Downloads(settings.local_hosts, QUICK_DOWNLOADS, ssl_context=TLS)
    async with open_providers(settings, [name]) as providers, downloads:
        provider: Any = providers[name]
        knobs = {"patience": QUICK, "seconds_max": WAIT_SECONDS_MAX, **how}
        own = {knob.name for knob in fields(provider)}
        hosts = ("127.0.0.1",)
        yield replace(
            provider,
            download=lambda url: downloads.fetch(url, hosts),
            **{knob: value for knob, value in knobs.items() if knob in own},
        )


def make(
    server: ProviderServer,
    name: str,
    call: Call | None = None,
    *,
    do: str = "generate",
    ref: str | None = None,
    remember: Callable[[str], Awaitable[None]] | None = None,
    **how: Any,
) -> Outcome:
    """One call from beginning to end; with a `ref`, the end of one that was begun."""
    outcome, call = Outcome(), call or call_of(name)

    async def note(told: str) -> None:
        outcome.remembered.append(told)
        if remember:
            await remember(told)

    async def run() -> None:
        async with opened(server, name, **how) as provider:
            made = provider.resume(call, ref) if ref is not None else getattr(provider, do)(call, note)
            try:
                outcome.result = await made
            except CallError as error:
                outcome.refusal = error

    asyncio.run(run())
    return outcome


def begin(server: ProviderServer, name: str, call: Call | None = None) -> str:
    """Begin a call that goes on at the provider, and lose the worker: what was remembered of it."""
    call = call or call_of(name)

    async def run() -> str:
        async with opened(server, name) as provider:
            told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

            async def remember(ref: str) -> None:
                told.set_result(ref)

            task = asyncio.create_task(provider.generate(call, remember))
            ref = await asyncio.wait_for(told, WAIT_SECONDS_MAX)
            task.cancel()
            await asyncio.wait({task})
            return ref

    return asyncio.run(run())


def knob_for_slowness(name: str, seconds: float) -> dict[str, Any]:
    """How a provider is told to lose patience after so many seconds."""
    return {"seconds_max": seconds} if name in SYNCHRONOUS else {"patience": replace(QUICK, seconds_max=seconds)}


def cancel(server: ProviderServer, name: str, ref: str) -> CallError | None:
    async def run() -> CallError | None:
        async with opened(server, name) as provider:
            used: Provider = provider
            try:
                await used.cancel(call_of(name), ref)
            except CallError as error:
                return error
            return None

    return asyncio.run(run())
