"""The settings of the API's processes, read and checked with all others by darkroom.settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = (
    "DARKROOM_PUBLIC_URL",
    "DARKROOM_API_LISTEN",
    "DARKROOM_METRICS_LISTEN",
    "DARKROOM_ALLOWED_ORIGINS",
    "DARKROOM_ALLOWED_HOSTS",
    "DARKROOM_TRUSTED_PROXIES",
    "DARKROOM_API_CONNECTIONS",
    "DARKROOM_SOCKETS_PER_USER",
    "DARKROOM_RATE_LIMIT",
    "DARKROOM_RATE_BURST",
    "DARKROOM_JWT_SECRET",
    "DARKROOM_JWT_JWKS",
    "DARKROOM_JWT_ISSUER",
    "DARKROOM_JWT_AUDIENCE",
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised, not bound to
JWT_SECRET_BYTES_MIN = 32
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[?[0-9a-f:.]+\]?")


class ApiSettingsError(ValueError):
    """A setting of the API cannot be what it is."""


@dataclass(frozen=True)
class Address:
    """Where something listens; port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """How a program of this machine reaches it."""
        host = "127.0.0.1" if self.host in EVERY_ADDRESS else self.host
        return f"http://{Address(host, self.port)}"


@dataclass(frozen=True)
class JwtSettings:
    """How tokens of a product's own sign-in are verified: by a shared secret, or by public keys in a file."""

    issuer: str
    audience: str
    secret: str | None = field(default=None, repr=False)
    jwks: Path | None = None


@dataclass(frozen=True)
class ApiSettings:
    """docs/operations.md describes each one under its name."""

    listen: Address = Address("127.0.0.1", 8470)
    listen_chosen: bool = False  # not the default: then the address must be free
    given_public_url: str | None = None
    metrics_listen: Address | None = Address("127.0.0.1", 8471)
    metrics_chosen: bool = False
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    connections: int = 10
    sockets_per_user: int = 100
    rate_limit: int = 200
    rate_burst: int = 1000
    jwt: JwtSettings | None = None

    @property
    def host(self) -> str:
        return self.listen.host

    @property
    def port(self) -> int:
        return self.listen.port

    @property
    def public_url(self) -> str:
        """The address at which browsers reach it, without a slash at its end."""
        return self.given_public_url or self.listen.url

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https:")

    @property
    def hosts(self) -> frozenset[str]:
        """The names that requests may call us by. No page can have its own name lead to `localhost` or an address."""
        own = urlsplit(self.public_url).hostname or ""
        return LOOPBACK | {own, self.listen.host} - EVERY_ADDRESS | {host.strip("[]") for host in self.allowed_hosts}

    @property
    def origins(self) -> frozenset[str]:
        """Whose pages may act under our cookie: our own, under each name of the loopback address, and the allowed."""
        own = urlsplit(self.public_url)
        port = f":{own.port}" if own.port else ""
        twins = {f"{own.scheme}://{host}{port}" for host in ("127.0.0.1", "localhost", "[::1]")}
        return frozenset({self.public_url, *(twins if own.hostname in LOOPBACK else ()), *self.allowed_origins})

    def listening_at(self, port: int) -> ApiSettings:
        """The same, once it is known which port that is."""
        return replace(self, listen=Address(self.listen.host, port))


def read_api_settings(given: Mapping[str, str]) -> ApiSettings:
    public_url = given.get("DARKROOM_PUBLIC_URL")
    metrics = given.get("DARKROOM_METRICS_LISTEN", "127.0.0.1:8471")
    return ApiSettings(
        listen=read_address("DARKROOM_API_LISTEN", given.get("DARKROOM_API_LISTEN", "127.0.0.1:8470")),
        listen_chosen="DARKROOM_API_LISTEN" in given,
        given_public_url=None if public_url is None else _origin("DARKROOM_PUBLIC_URL", public_url),
        metrics_listen=None if metrics == "off" else read_address("DARKROOM_METRICS_LISTEN", metrics),
        metrics_chosen="DARKROOM_METRICS_LISTEN" in given,
        allowed_origins=tuple(
            _origin("DARKROOM_ALLOWED_ORIGINS", text) for text in _list(given.get("DARKROOM_ALLOWED_ORIGINS", ""))
        ),
        allowed_hosts=tuple(
            _host("DARKROOM_ALLOWED_HOSTS", text) for text in _list(given.get("DARKROOM_ALLOWED_HOSTS", ""))
        ),
        trusted_proxies=tuple(
            _network("DARKROOM_TRUSTED_PROXIES", text)
            for text in _list(given.get("DARKROOM_TRUSTED_PROXIES", "127.0.0.1,::1"))
        ),
        connections=_count("DARKROOM_API_CONNECTIONS", given.get("DARKROOM_API_CONNECTIONS", "10"), 1, 1000),
        sockets_per_user=_count("DARKROOM_SOCKETS_PER_USER", given.get("DARKROOM_SOCKETS_PER_USER", "100"), 1, 100_000),
        rate_limit=_count("DARKROOM_RATE_LIMIT", given.get("DARKROOM_RATE_LIMIT", "200"), 0, 1_000_000),
        rate_burst=_count("DARKROOM_RATE_BURST", given.get("DARKROOM_RATE_BURST", "1000"), 1, 1_000_000),
        jwt=_jwt(given),
    )


def _jwt(given: Mapping[str, str]) -> JwtSettings | None:
    names = ("DARKROOM_JWT_SECRET", "DARKROOM_JWT_JWKS", "DARKROOM_JWT_ISSUER", "DARKROOM_JWT_AUDIENCE")
    secret, jwks, issuer, audience = (given.get(name) for name in names)
    if secret is None and jwks is None and issuer is None and audience is None:
        return None
    if issuer is None or audience is None or (secret is None) == (jwks is None):
        raise ApiSettingsError(
            "JWTs are taken with DARKROOM_JWT_ISSUER, DARKROOM_JWT_AUDIENCE and one of DARKROOM_JWT_SECRET and"
            " DARKROOM_JWT_JWKS: set these three, or none"
        )
    if secret is not None and len(secret.encode()) < JWT_SECRET_BYTES_MIN:
        raise ApiSettingsError(
            f"DARKROOM_JWT_SECRET is shorter than {JWT_SECRET_BYTES_MIN} bytes, and could be guessed"
        )
    file = None if jwks is None else Path(jwks).expanduser().absolute()
    if file is not None and not file.is_file():
        raise ApiSettingsError(f"DARKROOM_JWT_JWKS: there is no file {file}")
    if len(issuer) > 500:
        raise ApiSettingsError("DARKROOM_JWT_ISSUER is longer than 500 characters")
    return JwtSettings(issuer, audience, secret, file)


def _origin(name: str, text: str) -> str:
    try:
        parts = urlsplit(text.rstrip("/"))
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        raise ApiSettingsError(f"{name}: an origin is written like https://darkroom.example, without a path")
    # As browsers write it: in small letters, without the port that goes without saying.
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


def read_address(name: str, text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ApiSettingsError(f"{name} is written like 127.0.0.1:8470; port 0 takes any free one")
    return Address(host.strip("[]"), int(port))


def _host(name: str, text: str) -> str:
    if not _HOST.fullmatch(text.lower()):
        raise ApiSettingsError(f"{name}: a host is written like darkroom.example, without a port")
    return text.lower()


def _network(name: str, text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ApiSettingsError(f"{name}: a proxy is an address or a network, such as 10.0.0.0/8") from None
    return text


def _count(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise ApiSettingsError(f"{name} is a number from {least} to {most}")
    return int(text)


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
