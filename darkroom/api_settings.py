"""The settings of the API's processes, read and checked with all others by darkroom.settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("DARKROOM_PUBLIC_URL", "DARKROOM_API_LISTEN", "DARKROOM_ALLOWED_ORIGINS", "DARKROOM_API_CONNECTIONS")


class ApiSettingsError(ValueError):
    """A setting of the API cannot be what it is."""


@dataclass(frozen=True)
class ApiSettings:
    """docs/operations.md describes each one under its name."""

    public_url: str = "http://127.0.0.1:8470"
    host: str = "127.0.0.1"
    port: int = 8470
    allowed_origins: tuple[str, ...] = ()
    connections: int = 10

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https:")


def read_api_settings(given: Mapping[str, str]) -> ApiSettings:
    host, port = _listen(given.get("DARKROOM_API_LISTEN", "127.0.0.1:8470"))
    return ApiSettings(
        public_url=_origin("DARKROOM_PUBLIC_URL", given.get("DARKROOM_PUBLIC_URL", f"http://127.0.0.1:{port}")),
        host=host,
        port=port,
        allowed_origins=tuple(
            _origin("DARKROOM_ALLOWED_ORIGINS", text.strip())
            for text in given.get("DARKROOM_ALLOWED_ORIGINS", "").split(",")
            if text.strip()
        ),
        connections=_count("DARKROOM_API_CONNECTIONS", given.get("DARKROOM_API_CONNECTIONS", "10")),
    )


def _origin(name: str, text: str) -> str:
    parts = urlsplit(text.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        raise ApiSettingsError(f"{name}: an origin is written like https://darkroom.example, without a path")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ApiSettingsError("DARKROOM_API_LISTEN is written like 127.0.0.1:8470; port 0 takes any free one")
    return host.strip("[]"), int(port)


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise ApiSettingsError(f"{name} is a number from 1 to 1000")
    return int(text)
