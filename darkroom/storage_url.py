"""Where objects are kept, as DARKROOM_STORAGE_URL says it: a folder, or a bucket of any S3 endpoint."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

_BUCKET = re.compile(r"(?!.*(\.\.|\.-|-\.))(?![\d.]+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,61}[A-Za-z0-9]")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_OPTIONS = ("secure", "region", "path_style", "ca")
_FORMS = "write file:///absolute/path or s3://key:secret@host:port/bucket"
_ENCODED = "in key and secret, / is written %2F, + is %2B and @ is %40"


@dataclass(frozen=True)
class FolderUrl:
    path: Path

    def __str__(self) -> str:
        return self.path.as_uri()


@dataclass(frozen=True)
class S3Url:
    """A bucket and the way to it. What is None is left to the client library."""

    endpoint: str  # host, or host:port
    bucket: str
    key: str
    secret: str = field(repr=False)
    secure: bool = True
    region: str | None = None
    path_style: bool | None = None  # the bucket's name in the path, rather than in the host's name
    ca: Path | None = None

    def __str__(self) -> str:
        """For people: without the secret."""
        return f"s3://{self.key}:***@{self.endpoint}/{self.bucket}"


StorageUrl = FolderUrl | S3Url


def parse_storage_url(text: str) -> StorageUrl:
    """Raises ValueError with the rest of a sentence that began with the setting's name. It never repeats the value."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme.lower() == "file":
        return _folder(rest)
    if separator and scheme.lower() == "s3":
        return _s3(text)
    raise ValueError(f"names no storage: {_FORMS}")


def _folder(rest: str) -> FolderUrl:
    path = unquote(rest)
    if not path.startswith("/") or "\0" in path or "?" in rest or "#" in rest:
        raise ValueError("is no path of a folder: write file:///absolute/path, with ?, # and % as %3F, %23 and %25")
    return FolderUrl(Path(path))


def _s3(text: str) -> S3Url:
    try:
        parts = urlsplit(text)
        host, port = parts.netloc.rpartition("@")[2], parts.port
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:  # its message quotes a part, which may be one of the secret
        raise ValueError(f"is no URL: {_FORMS}; {_ENCODED}") from None
    key, secret = unquote(parts.username or ""), unquote(parts.password or "")
    if not key or not secret or parts.fragment:
        raise ValueError(f"has no key and secret before an @: {_FORMS}; {_ENCODED}")
    if not (key.isascii() and key.isprintable() and secret.isascii() and secret.isprintable()):
        raise ValueError("has characters in its key or secret that no key has")
    if not _HOST.fullmatch(host.removesuffix(f":{port}")) or port == 0:
        raise ValueError("names no host: write s3://key:secret@host:port/bucket")
    bucket = parts.path.strip("/")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError("names no bucket: 3 to 63 small letters, digits, dots and hyphens after the host")
    given = _options(options)
    secure = _switch(given, "secure") is not False
    return S3Url(
        endpoint=host,
        bucket=bucket,
        key=key,
        secret=secret,
        secure=secure,
        region=_region(given.get("region")),
        path_style=_switch(given, "path_style"),
        ca=_authority(given.get("ca"), secure=secure),
    )


def _options(pairs: list[tuple[str, str]]) -> dict[str, str]:
    given = dict(pairs)
    if unknown := sorted(set(given) - set(_OPTIONS)):
        raise ValueError(f"has unknown options: {', '.join(unknown)}; known ones are {', '.join(_OPTIONS)}")
    if len(given) != len(pairs):
        raise ValueError("has an option twice")
    return given


def _switch(given: dict[str, str], name: str) -> bool | None:
    word = given.get(name) or None
    if word not in {"true", "false", None}:
        raise ValueError(f"has an option {name} that is neither true nor false")
    return None if word is None else word == "true"


def _region(text: str | None) -> str | None:
    if text and not _REGION.fullmatch(text):
        raise ValueError("has an option region that no region is called")
    return text or None


def _authority(text: str | None, *, secure: bool) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not secure:
        raise ValueError("has an option ca, but secure=false: nobody would show a certificate")
    if not path.is_absolute():
        raise ValueError("has an option ca that is no absolute path")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (OSError, ssl.SSLError):
        raise ValueError(f"has an option ca, but {path} cannot be read as certificates in PEM") from None
    return path
