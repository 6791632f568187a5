"""Fetching finished pictures. A provider's reply names the address, and a model may have written it: it is not trusted.

So a picture comes only over https, only from the provider's own hosts, only from public addresses, and each redirect
is checked as if it were the first address. A name is resolved once for a connection, where the connection is made, and
what was checked there is what is connected to; TLS still proves the name. There are no cookies, no proxies, no logins
and no decompression.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import httpcore
import httpx

from worker.calls import CallError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable
    from types import TracebackType

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

BYTES_MAX = 64 * 1024 * 1024
CONNECTIONS_MAX = 100
ADDRESSES_MAX = 4
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS = ((b"accept", b"image/*"), (b"accept-encoding", b"identity"), (b"user-agent", b"darkroom"))

# What is public in IPv4 is all but the special blocks; in IPv6 one block, without the special ones in it. Those that
# wrap an IPv4 address (mapped, NAT64, 6to4, Teredo) are refused with the rest. The standard library knows less of them.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(block)
    for block in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")


@dataclass(frozen=True)
class Limits:
    """How much, how often and how long one fetch may. The total is over all attempts and redirects."""

    bytes_max: int = BYTES_MAX
    redirects_max: int = 3
    attempts_max: int = 3
    pause_seconds: float = 0.5
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 180.0


def is_public(address: str) -> bool:
    """Whether this is the address of a machine on the public internet."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.version == 6 and parsed not in IPV6_UNICAST:
        return False
    return not any(parsed in block for block in NOT_PUBLIC if block.version == parsed.version)


def decode_base64(text: str, bytes_max: int = BYTES_MAX) -> bytes:
    """A picture that came within a provider's reply."""
    packed = "".join(text.split()).rstrip("=")
    if len(packed) * 3 // 4 > bytes_max:
        raise CallError("invalid", f"the picture is larger than {bytes_max} bytes")
    try:
        content = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except ValueError:
        raise CallError("transient", "the picture is broken: it is no base64") from None
    if not content:
        raise CallError("transient", "the picture is empty")
    return content


async def resolve_name(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Downloads:
    """Fetches pictures; one for all calls of a process, so that connections are kept.

    `local_hosts` are the operator's openings: a name there, with or without a port, may be http and private.
    """

    def __init__(
        self,
        local_hosts: Iterable[str] = (),
        limits: Limits | None = None,
        *,
        resolve: Resolve = resolve_name,
        backend: httpcore.AsyncNetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._local_hosts = frozenset(local_hosts)
        self._limits = limits or Limits()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(),
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_MAX,
            keepalive_expiry=20.0,
            network_backend=_Pinned(self._is_local, resolve, backend or httpcore.AnyIOBackend()),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()

    async def fetch(self, url: str, hosts: tuple[str, ...]) -> bytes:
        """The bytes at `url`. `hosts` are the provider's own: names, or `*.name` for all below it.

        What breaks a rule is `invalid`: asking again would buy the same again. Everything else is tried a few times
        right here, because the picture is paid for.
        """
        limits = self._limits
        try:
            async with asyncio.timeout(limits.total_seconds):
                for attempt in range(1, limits.attempts_max):
                    try:
                        return await self._follow(url, hosts)
                    except CallError as error:
                        if error.failure == "invalid":
                            raise
                    await asyncio.sleep(limits.pause_seconds * attempt)
                return await self._follow(url, hosts)
        except TimeoutError:
            raise CallError("timeout", f"the picture was not there within {limits.total_seconds:g} s") from None

    async def _follow(self, url: str, hosts: tuple[str, ...]) -> bytes:
        place = self._check(url, hosts)
        for _ in range(self._limits.redirects_max + 1):
            found = await self._get(place)
            if isinstance(found, bytes):
                return found
            place = self._check(found, hosts, place)
        raise CallError("invalid", f"{_name(place)} redirects the picture without end")

    def _check(self, url: str, hosts: tuple[str, ...], base: httpx.URL | None = None) -> httpx.URL:
        """The address, if the rules allow it. The refusal names the host alone: what follows may be a signature."""
        try:
            place = base.join(url) if base else httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            raise CallError("invalid", "the picture's address is no URL") from None
        name, local = _name(place), self._is_local(_host(place), _port(place))
        if not any(_matches(_host(place), pattern) for pattern in hosts):
            raise CallError("invalid", f"the picture is at {name}, which is no host of this provider's")
        if place.scheme != "https" and not (local and place.scheme == "http"):
            raise CallError("invalid", f"the picture at {name} is not offered over https")
        if place.port is not None and not local:
            raise CallError("invalid", f"the picture at {name} is at port {place.port}: only https's own is allowed")
        if place.userinfo:
            raise CallError("invalid", f"the picture at {name} wants a login")
        return place

    async def _get(self, place: httpx.URL) -> bytes | str:
        """The picture, or where it has moved to."""
        limits, name = self._limits, _name(place)
        target = httpcore.URL(scheme=place.raw_scheme, host=place.raw_host, port=place.port, target=place.raw_path)
        times = {"connect": limits.connect_seconds, "read": limits.read_seconds, "write": limits.read_seconds}
        try:
            async with self._pool.stream("GET", target, headers=HEADERS, extensions={"timeout": times}) as response:
                headers = {key.lower(): value for key, value in response.headers}
                if response.status in REDIRECTS and b"location" in headers:
                    return headers[b"location"].decode("latin-1")
                if response.status != 200:
                    raise CallError("transient", f"{name} answered {response.status} when asked for the picture")
                return await self._read(response, int(headers.get(b"content-length", b"0")), name)
        except httpcore.TimeoutException:
            raise CallError("timeout", f"{name} was too slow in sending the picture") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise CallError("transient", f"the picture did not arrive from {name}: {type(error).__name__}") from None

    async def _read(self, response: httpcore.Response, announced: int, name: str) -> bytes:
        too_large = CallError("invalid", f"the picture at {name} is larger than {self._limits.bytes_max} bytes")
        if announced > self._limits.bytes_max:
            raise too_large
        content = bytearray()
        async for chunk in response.aiter_stream():
            content += chunk
            if len(content) > self._limits.bytes_max:
                raise too_large
        return bytes(content)

    def _is_local(self, host: str, port: int) -> bool:
        name = f"[{host}]" if ":" in host else host
        return name in self._local_hosts or f"{name}:{port}" in self._local_hosts


class _Pinned(httpcore.AsyncNetworkBackend):
    """Makes connections, and is the only place where a name becomes an address."""

    def __init__(
        self, is_local: Callable[[str, int], bool], resolve: Resolve, backend: httpcore.AsyncNetworkBackend
    ) -> None:
        self._is_local = is_local
        self._resolve = resolve
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failed: Exception = httpcore.ConnectError("the name has no address")
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def _addresses(self, host: str, port: int, seconds: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from None
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("the name was not resolved") from None
        # One bad address is enough: an honest name has none, and which one is taken must not be luck.
        if not self._is_local(host, port) and not all(map(is_public, addresses)):
            raise CallError(
                "invalid",
                f"{host} resolves to an address that is not public; if it is yours, add it to DARKROOM_LOCAL_HOSTS",
            )
        return addresses[:ADDRESSES_MAX]


def _host(place: httpx.URL) -> str:
    return place.raw_host.decode("ascii")


def _port(place: httpx.URL) -> int:
    return place.port or (80 if place.scheme == "http" else 443)


def _name(place: httpx.URL) -> str:
    """The host as a message may show it: it can be anything that somebody put into a reply."""
    return _host(place)[:100] or "no host"


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
