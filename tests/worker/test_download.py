"""A picture is fetched only from where it may come: over https, from the provider's hosts, at public addresses."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

import httpcore
import pytest

from tests.worker.downloads import (
    ALL_PUBLIC,
    CDN,
    HOST,
    HOSTS,
    OTHER,
    PICTURE,
    PRIVATE,
    PUBLIC,
    QUICK,
    Certificates,
    Internet,
    Names,
    fetch_over_https,
    make_certificates,
    moved,
    reply,
    site,
)
from worker.calls import CallError
from worker.download import Downloads, is_public


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def test_a_picture_comes_over_https_from_the_providers_host(certificates: Certificates) -> None:
    outcome = fetch_over_https(certificates, picture=reply())

    assert outcome.content == PICTURE
    assert outcome.internet.dialled == [PUBLIC]


def test_hosts_below_a_pattern_are_the_providers_and_look_alikes_are_not(certificates: Certificates) -> None:
    assert fetch_over_https(certificates, f"https://{CDN}/picture", picture=reply()).content == PICTURE

    for url in (
        f"https://{OTHER}/picture",
        f"https://not{HOST}/picture",
        f"https://{HOST}.{OTHER}/picture",
        f"https://{HOST}@{OTHER}/picture",
        f"https://{PUBLIC}/picture",
    ):
        outcome = fetch_over_https(certificates, url, picture=reply())
        assert outcome.refusal.failure == "invalid"
        assert outcome.internet.dialled == []


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/picture",
        f"ftp://{HOST}/picture",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        f"https://{HOST}:8443/picture",
        f"https://user:hunter2@{HOST}/picture",
        "https:///picture",
        "https://[/picture",
        "picture",
        "",
        f"https://{HOST}/\x00",
    ],
)
def test_what_is_not_plainly_https_is_refused_before_anything_is_asked(certificates: Certificates, url: str) -> None:
    outcome = fetch_over_https(certificates, url, picture=reply())

    assert outcome.refusal.failure == "invalid"
    assert "hunter2" not in str(outcome.refusal)
    assert (outcome.names.asked, outcome.internet.dialled) == ([], [])


def test_an_answer_carries_nothing_of_ours_to_the_host(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    outcome = fetch_over_https(certificates, times=2, picture=reply(set_cookie="id=1", content_encoding="gzip"))

    assert outcome.content == PICTURE
    assert outcome.site.connections == 1
    for asked in outcome.site.asked:
        assert "accept-encoding: identity" in asked.head
        assert "cookie" not in asked.head
        assert "authorization" not in asked.head


def test_a_name_that_leads_to_a_private_address_is_refused(certificates: Certificates) -> None:
    for addresses in ([PRIVATE], [PUBLIC, PRIVATE], ["::ffff:93.184.215.14"], ["127.0.0.1"]):
        outcome = fetch_over_https(certificates, names={HOST: [addresses]}, picture=reply())

        assert outcome.refusal.failure == "invalid"
        assert HOST in str(outcome.refusal)
        assert outcome.internet.dialled == []


def test_a_name_is_asked_once_and_what_was_checked_is_what_is_dialled(certificates: Certificates) -> None:
    rebinding = {HOST: [[PUBLIC], ["127.0.0.1"]]}

    outcome = fetch_over_https(certificates, names=rebinding, picture=reply())
    assert outcome.content == PICTURE
    assert (outcome.names.asked, outcome.internet.dialled) == ([HOST], [PUBLIC])

    again = fetch_over_https(certificates, names=rebinding, times=2, picture=reply(connection="close"))
    assert again.refusal.failure == "invalid"
    assert again.internet.dialled == [PUBLIC]


def test_another_address_of_the_name_is_tried_when_the_first_is_dead(certificates: Certificates) -> None:
    @dataclass
    class HalfDead(Internet):
        async def connect_tcp(self, host: str, *rest: object, **more: object) -> httpcore.AsyncNetworkStream:
            if host == PUBLIC:
                self.dialled.append(host)
                raise httpcore.ConnectError("nobody there")
            return await super().connect_tcp(host, *rest, **more)  # type: ignore[arg-type]

    async def run() -> list[str]:
        async with site(certificates.server, picture=reply()) as served:
            internet = HalfDead(served.port)
            names = Names({HOST: [[PUBLIC, "2606:2800:220:1::1"]]})
            async with Downloads(
                (), QUICK, resolve=names, backend=internet, ssl_context=certificates.client
            ) as downloads:
                assert await downloads.fetch(f"https://{HOST}/picture", HOSTS) == PICTURE
            return internet.dialled

    assert asyncio.run(run()) == [PUBLIC, "2606:2800:220:1::1"]


def test_the_certificate_must_be_for_the_name(certificates: Certificates) -> None:
    wrong_name = fetch_over_https(certificates, f"https://{OTHER}/picture", hosts=(OTHER,), picture=reply())
    unknown = fetch_over_https(certificates, client=ssl.create_default_context(), picture=reply())

    for outcome in (wrong_name, unknown):
        assert outcome.refusal.failure == "transient"
        assert outcome.site.asked == []


def test_redirects_within_the_providers_hosts_are_followed(certificates: Certificates) -> None:
    outcome = fetch_over_https(
        certificates,
        f"https://{HOST}/first",
        first=moved(f"https://{CDN}/second"),
        second=moved("third?signature=1", 307),
        third=reply(),
    )

    assert outcome.content == PICTURE
    assert [asked.path for asked in outcome.site.asked] == ["/first", "/second", "/third?signature=1"]


@pytest.mark.parametrize(
    "to",
    [
        f"https://{OTHER}/picture",
        f"http://{HOST}/picture",
        f"//{OTHER}/picture",
        "https://127.0.0.1/picture",
        "http://169.254.169.254/latest/meta-data",
        f"https://{HOST}:22/picture",
        "https://private.pictures.example/picture",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_is_checked_like_the_first_address(certificates: Certificates, to: str) -> None:
    names = {**ALL_PUBLIC, "private.pictures.example": [[PRIVATE]]}

    outcome = fetch_over_https(certificates, names=names, picture=moved(to))

    assert outcome.refusal.failure == "invalid"
    assert outcome.internet.dialled == [PUBLIC]


def test_redirects_end(certificates: Certificates) -> None:
    outcome = fetch_over_https(certificates, picture=moved("/picture"))

    assert outcome.refusal.failure == "invalid"
    assert len(outcome.site.asked) == 1 + QUICK.redirects_max


def test_an_opening_is_for_one_host_and_port_and_never_for_another_providers_hosts() -> None:
    async def run() -> None:
        async with site(picture=reply()) as served, site(picture=reply()) as closed:
            url, port = f"http://localhost:{served.port}/picture", served.port
            for opening in ("localhost", f"localhost:{port}"):
                async with Downloads([opening], QUICK) as downloads:
                    assert await downloads.fetch(url, ("localhost",)) == PICTURE
                    with pytest.raises(CallError, match="no host of this provider's"):
                        await downloads.fetch(url, HOSTS)
            async with Downloads([f"localhost:{port}"], QUICK) as downloads:
                with pytest.raises(CallError, match="https"):
                    await downloads.fetch(f"http://localhost:{closed.port}/picture", ("localhost",))
            assert closed.connections == 0

    asyncio.run(run())


def test_the_resolver_of_this_machine_is_asked_when_no_other_is_given() -> None:
    async def run() -> None:
        async with Downloads((), QUICK) as downloads:
            await downloads.fetch("https://localhost/picture", ("localhost",))

    with pytest.raises(CallError, match="DARKROOM_LOCAL_HOSTS"):
        asyncio.run(run())


NOT_PUBLIC = """
    0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1
    192.0.0.200 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255
    240.0.0.1 255.255.255.255
    :: ::1 ::ffff:8.8.8.8 ::8.8.8.8 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:10::1 2001:db8::1 2002:808:808::1
    3fff::1 5f00::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1
    nonsense 1.2.3 0177.0.0.1
"""


def test_special_addresses_are_not_public() -> None:
    assert [address for address in NOT_PUBLIC.split() if is_public(address)] == []


def test_ordinary_addresses_are_public() -> None:
    for address in ("8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "223.255.255.254", "2606:4700::1111"):
        assert is_public(address), address
