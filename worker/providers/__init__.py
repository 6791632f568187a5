"""The providers this process can call, by name. docs/providers.md says how one is added."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from worker.download import Downloads
from worker.providers import fal, openai, openrouter, replicate
from worker.providers.fal import Fal
from worker.providers.openai import OpenAI
from worker.providers.openrouter import OpenRouter
from worker.providers.replicate import Replicate

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from darkroom.settings import Settings
    from worker.calls import Provider
    from worker.providers.wire import Download

CONNECTIONS_MAX = 1_000

# Of each provider over HTTP: how it is opened, where its API is, and where its pictures are.
_OVER_HTTP: Mapping[str, tuple[Callable[[httpx.AsyncClient, str, Download], Provider], str, tuple[str, ...]]] = {
    "replicate": (Replicate, replicate.URL, replicate.HOSTS),
    "openrouter": (OpenRouter, openrouter.URL, openrouter.HOSTS),
    "openai": (OpenAI, openai.URL, openai.HOSTS),
    "fal": (Fal, fal.URL, fal.HOSTS),
}
PROVIDERS = ("sketch", *_OVER_HTTP)


@asynccontextmanager
async def open_providers(
    settings: Settings, names: Sequence[str] | None = None
) -> AsyncIterator[Mapping[str, Provider]]:
    """These providers, or all of them, with one client each, until the context ends."""
    names = PROVIDERS if names is None else names
    if unknown := sorted(set(names) - set(PROVIDERS)):
        raise ValueError(f"unknown providers: {', '.join(unknown)}; there are {', '.join(PROVIDERS)}")
    async with AsyncExitStack() as stack:
        downloads = await stack.enter_async_context(Downloads(settings.local_hosts, ssl_context=_certificates()))
        opened: dict[str, Provider] = {}
        for name in dict.fromkeys(names):
            if name == "sketch":
                from worker.providers.sketch import Sketch

                opened[name] = Sketch(directives=settings.sketch_directives)
                continue
            make, url, hosts = _OVER_HTTP[name]
            if name in settings.provider_urls:
                url = settings.provider_urls[name]
                hosts = (*hosts, httpx.URL(url).host)
            client = await stack.enter_async_context(_client())
            opened[name] = make(client, url, _downloading(downloads, hosts))
        yield opened


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: reading them takes longer than a call."""
    return httpx.create_ssl_context()


def _client() -> httpx.AsyncClient:
    """Keeps connections, and nothing else: no cookie ties the calls of two keys together."""
    client = httpx.AsyncClient(
        verify=_certificates(),
        headers={"user-agent": "darkroom"},
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=100, keepalive_expiry=20),
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return client


def _downloading(downloads: Downloads, hosts: tuple[str, ...]) -> Download:
    async def download(url: str) -> bytes:
        return await downloads.fetch(url, hosts)

    return download
