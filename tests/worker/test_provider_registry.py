"""Providers are opened by name, at their own places unless the operator says otherwise."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from darkroom.settings import Settings, read_settings
from tests.worker.calling import MODELS, call_of
from tests.worker.provider_server import provider_server
from worker.calls import CallError
from worker.providers import PROVIDERS, open_providers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.calls import Provider


def open_once(settings: Settings, names: list[str] | None) -> Mapping[str, Provider]:
    async def run() -> Mapping[str, Provider]:
        async with open_providers(settings, names) as providers:
            return providers

    return asyncio.run(run())


def test_all_are_opened_unless_some_are_named() -> None:
    assert set(open_once(Settings(), None)) == set(PROVIDERS) == {"sketch", *MODELS}
    assert list(open_once(Settings(), ["fal", "openai", "fal"])) == ["fal", "openai"]
    assert open_once(Settings(), []) == {}


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown providers: dall-e; there are sketch, replicate"):
        open_once(Settings(), ["fal", "dall-e"])


def test_providers_are_at_their_own_places() -> None:
    opened: Mapping[str, Any] = open_once(Settings(), list(MODELS))

    assert {name: provider.base_url for name, provider in opened.items()} == {
        "replicate": "https://api.replicate.com/v1",
        "openrouter": "https://openrouter.ai/api/v1",
        "openai": "https://api.openai.com/v1",
        "fal": "https://queue.fal.run",
    }


@pytest.mark.parametrize("name", MODELS)
def test_a_provider_in_the_house_gives_pictures_from_there(name: str) -> None:
    async def remember(_ref: str) -> None:
        return

    with provider_server() as server:
        # The same host under another name is not the one the operator named.
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        other = elsewhere + "/files/1.png"
        output: dict[str, Any] = {"replicate": other, "fal": {"images": [{"url": other}]}}

        async def run() -> bytes:
            async with open_providers(read_settings(server.settings), [name]) as providers:
                content = (await providers[name].generate(call_of(name), remember)).content
                if name in output:
                    server.fault(name, "output", output=output[name])
                    with pytest.raises(CallError, match="no host of this provider's"):
                        await providers[name].generate(call_of(name), remember)
                return content

        assert asyncio.run(run()).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", MODELS)
def test_a_provider_shows_no_key_when_it_is_printed(name: str) -> None:
    call = call_of(name)

    shown = f"{open_once(Settings(), [name])} {call}"

    assert call.secret is not None
    assert call.secret not in shown
