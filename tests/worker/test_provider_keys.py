"""A key goes to its provider's own origin, whatever the provider's replies say, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.worker.calling import MODELS, SECRET, begin, cancel, make
from tests.worker.provider_server import ProviderServer, provider_server
from worker.calls import CallError
from worker.providers.wire import own_url

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = ("status_url", "response_url", "cancel_url")


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[ProviderServer, ProviderServer]]:
    with provider_server() as own, provider_server() as foreign:
        yield own, foreign


@pytest.fixture
def server(servers: tuple[ProviderServer, ProviderServer]) -> ProviderServer:
    servers[0].release()
    servers[0].forget()
    return servers[0]


@pytest.fixture
def foreign(servers: tuple[ProviderServer, ProviderServer]) -> ProviderServer:
    servers[1].forget()
    return servers[1]


@pytest.mark.parametrize("name", MODELS)
def test_the_key_goes_to_the_api_and_not_to_the_pictures(server: ProviderServer, name: str) -> None:
    make(server, name)

    for one in server.seen(name):
        assert SECRET in one.headers["authorization"]
    for one in server.seen("any", "file"):
        assert "authorization" not in one.headers
        assert SECRET not in str(one.headers)


@pytest.mark.parametrize("step", ["create", "poll", "result", "cancel"])
@pytest.mark.parametrize("name", MODELS)
def test_a_redirect_is_not_followed(server: ProviderServer, foreign: ProviderServer, name: str, step: str) -> None:
    server.fault(name, "redirect", step=step, times=None, to=f"{foreign.url}/{name}/v1/predictions")
    if step == "cancel" and name in ("replicate", "fal"):
        cancel(server, name, begin(server, name))
    else:
        outcome = make(server, name)
        assert not server.seen(name, step) or outcome.error.failure == "transient"

    assert foreign.seen() == []


@pytest.mark.parametrize("place", PLACES)
def test_a_foreign_address_for_looking_is_not_asked(
    server: ProviderServer, foreign: ProviderServer, place: str
) -> None:
    server.fault("fal", "places", places={place: f"{foreign.url}/fal/a/b/requests/f1/status"})

    outcome = make(server, "fal")

    assert outcome.error.failure == "transient"
    assert "nothing was sent there" in outcome.error.message
    assert outcome.remembered == []
    assert foreign.seen() == []


@pytest.mark.parametrize("place", PLACES)
def test_a_foreign_address_that_was_remembered_is_not_asked(
    server: ProviderServer, foreign: ProviderServer, place: str
) -> None:
    server.hold()
    ref = msgspec.json.decode(begin(server, "fal"))
    changed = msgspec.json.encode({**ref, place: f"{foreign.url}/fal/a/b/requests/f1"}).decode()
    server.forget()

    assert make(server, "fal", ref=changed).error.failure == "transient"
    assert cancel(server, "fal", changed) is not None
    assert server.seen() == foreign.seen() == []


def test_replicate_is_asked_at_its_own_address_whatever_it_names(
    server: ProviderServer, foreign: ProviderServer
) -> None:
    urls = {"get": f"{foreign.url}/replicate/v1/predictions/r1", "cancel": f"{foreign.url}/x/cancel"}
    server.fault("replicate", "answer", status=201, body={"id": "r1", "status": "starting", "urls": urls})
    server.fault("replicate", "answer", step="poll", body={"id": "r1", "status": "processing", "urls": urls})
    server.fault("replicate", "ends", status="succeeded")

    assert make(server, "replicate").error.failure == "transient"  # this server knows no r1
    assert foreign.seen() == []


@pytest.mark.parametrize("name", ["replicate", "fal"])
def test_a_picture_elsewhere_is_not_fetched(server: ProviderServer, foreign: ProviderServer, name: str) -> None:
    url = f"{foreign.url}/files/1.png"
    server.fault(name, "output", output=url if name == "replicate" else {"images": [{"url": url}]})

    error = make(server, name).error

    assert error.failure == "invalid"
    assert foreign.seen() == []


@pytest.mark.parametrize("name", MODELS)
def test_no_cookie_ties_one_call_to_the_next(server: ProviderServer, name: str) -> None:
    cookie = {"set-cookie": "who=me; Path=/"}
    server.fault(name, "answer", status=503, body={}, headers=cookie)
    for step in ("poll", "result"):
        server.fault(name, "answer", step=step, status=503, body={}, headers=cookie)

    make(server, name)
    make(server, name)

    assert all("cookie" not in one.headers for one in server.seen(name))


@pytest.mark.parametrize(
    "address",
    [
        "http://api.example/v1/x",
        "https://api.example:8443/v1/x",
        "https://api.example.evil.example/v1/x",
        "https://evil.example/api.example/v1/x",
        "https://api.example@evil.example/v1/x",
        "https://me:secret@api.example/v1/x",
        "https://evil.example\\@api.example/v1/x",
        "https://api.example\\.evil.example/v1/x",
        "ftp://api.example/v1/x",
        "https:evil.example",
        "https://",
        "http://[",
        "x",
        "",
        "\x00",
    ],
)
def test_only_the_very_same_origin_is_own(address: str) -> None:
    with pytest.raises(CallError) as refused:
        own_url("https://api.example/v1", address)

    assert refused.value.failure == "transient"


@pytest.mark.parametrize("address", ["https://API.example/v1/x", "https://api.example:443/v1/x", "/x"])
def test_the_same_origin_is_own_however_it_is_written(address: str) -> None:
    assert str(own_url("https://api.example/v1/", address)) == "https://api.example/v1/x"


def test_a_path_cannot_become_another_host() -> None:
    assert own_url("https://api.example/v1", "//evil.example/x").host == "api.example"
    assert own_url("https://api.example", "/@evil.example/x").host == "api.example"
