"""Everything that can be set from outside, read once at start and checked there."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from darkroom import api_settings
from darkroom.api_settings import ApiSettings, ApiSettingsError, read_api_settings
from darkroom.postgres import Listen, default_data_folder
from darkroom.storage_url import FolderUrl, StorageUrl, parse_storage_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>\d+))?")


class SettingsError(Exception):
    """A setting cannot be what it is; the message names it and says what it should be. Values are never repeated."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process. docs/operations.md describes each one under its name."""

    database_url: str | None = field(default=None, repr=False)
    database_direct_url: str | None = field(default=None, repr=False)
    data: Path = field(default_factory=default_data_folder)
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    postgres_bin: Path | None = None
    postgres_listen: Listen | None = None
    storage_url: StorageUrl | None = None
    local_hosts: tuple[str, ...] = ()
    provider_urls: Mapping[str, str] = field(default_factory=dict)  # where a provider's API is, if not at its own place
    sketch_directives: bool = False
    api: ApiSettings = field(default_factory=ApiSettings)

    @property
    def storage(self) -> StorageUrl:
        """Where objects are kept: a folder beside the database, unless another place was chosen."""
        return self.storage_url or FolderUrl(self.data / "objects")


# One name for each: the documentation and its test read this list.
NAMES = (
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "DARKROOM_DATA",
    "DARKROOM_SECRET_KEYS",
    "DARKROOM_POSTGRES_BIN",
    "DARKROOM_POSTGRES_PORT",
    "DARKROOM_POSTGRES_PASSWORD",
    "DARKROOM_STORAGE_URL",
    "DARKROOM_LOCAL_HOSTS",
    "DARKROOM_REPLICATE_URL",
    "DARKROOM_OPENROUTER_URL",
    "DARKROOM_OPENAI_URL",
    "DARKROOM_FAL_URL",
    "DARKROOM_SKETCH_DIRECTIVES",
    *api_settings.NAMES,
)
_PROVIDER_URLS = {
    "replicate": "DARKROOM_REPLICATE_URL",
    "openrouter": "DARKROOM_OPENROUTER_URL",
    "openai": "DARKROOM_OPENAI_URL",
    "fal": "DARKROOM_FAL_URL",
}


def read_settings(environ: Mapping[str, str], data: Path | None = None) -> Settings:
    """Settings from the environment and from systemd's credentials; `data`, from the command line, goes before both."""
    # An empty value means unset: that is how compose files and systemd units leave something out.
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    given |= _credentials(given)
    if unknown := sorted(name for name in given if name.startswith("DARKROOM_") and name not in NAMES):
        raise SettingsError(f"unknown settings: {', '.join(unknown)}; docs/operations.md lists the known ones")
    if "DATABASE_DIRECT_URL" in given and "DATABASE_URL" not in given:
        raise SettingsError("DATABASE_DIRECT_URL is set without DATABASE_URL: it only replaces it for migrations")
    local_hosts = _local_hosts(given.get("DARKROOM_LOCAL_HOSTS", ""))
    folder = data or (Path(given["DARKROOM_DATA"]) if "DARKROOM_DATA" in given else default_data_folder())
    return Settings(
        database_url=_conninfo("DATABASE_URL", given),
        database_direct_url=_conninfo("DATABASE_DIRECT_URL", given),
        data=folder.expanduser().absolute(),
        secret_keys=read_secret_keys(given.get("DARKROOM_SECRET_KEYS", "")),
        postgres_bin=_binaries(given.get("DARKROOM_POSTGRES_BIN")),
        postgres_listen=_listen(given),
        storage_url=_storage_url(given.get("DARKROOM_STORAGE_URL")),
        local_hosts=local_hosts,
        provider_urls={
            provider: _provider_url(name, given[name], local_hosts)
            for provider, name in _PROVIDER_URLS.items()
            if name in given
        },
        sketch_directives=_switch("DARKROOM_SKETCH_DIRECTIVES", given),
        api=_api(given),
    )


def _credentials(given: Mapping[str, str]) -> dict[str, str]:
    """Settings that systemd hands over as files (LoadCredential=), each named like its setting."""
    if "CREDENTIALS_DIRECTORY" not in given:
        return {}
    folder, found = Path(given["CREDENTIALS_DIRECTORY"]), {}
    try:
        for file in sorted(folder.iterdir()):
            if file.name in NAMES or file.name.startswith("DARKROOM_"):
                found[file.name] = file.read_text().strip()
    except FileNotFoundError:  # inherited from a service that is not ours
        return {}
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"the credentials in {folder} cannot be read, or are no text") from None
    found = {name: value for name, value in found.items() if value}
    if twice := sorted(found.keys() & given.keys()):
        raise SettingsError(f"{', '.join(twice)}: given by the environment and as a credential; take one of them away")
    return found


def _api(given: Mapping[str, str]) -> ApiSettings:
    try:
        return read_api_settings(given)
    except ApiSettingsError as error:
        raise SettingsError(str(error)) from None


def _conninfo(name: str, given: Mapping[str, str]) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        parts = conninfo_to_dict(value)
    except psycopg.Error:
        # libpq's own message quotes the value, which may hold a password.
        raise SettingsError(
            f"{name} is no connection string: write postgresql://user:password@host:5432/dbname or 'host=… dbname=…'"
        ) from None
    ports = str(parts.get("port") or "5432").split(",")
    if not all(_is_port(port) for port in ports if port):
        raise SettingsError(f"{name}: its port is no number from 1 to 65535")
    if not parts.get("dbname") and not parts.get("service"):
        raise SettingsError(f"{name} names no database: add /dbname (or dbname=…)")
    return value


def read_secret_keys(value: str, name: str = "DARKROOM_SECRET_KEYS") -> tuple[str, ...]:
    """Keys from a comma-separated list: the first encrypts, all decrypt."""
    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    for number, key in enumerate(keys, start=1):
        try:
            raw = base64.urlsafe_b64decode(key)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != 32:
            raise SettingsError(
                f"{name}: key {number} is not 32 bytes in url-safe base64; make one with `darkroom new-secret-key`"
            )
    if len(set(keys)) != len(keys):
        raise SettingsError(f"{name}: a key stands there twice")
    return keys


def _storage_url(value: str | None) -> StorageUrl | None:
    if value is None:
        return None
    try:
        return parse_storage_url(value)
    except ValueError as error:
        raise SettingsError(f"DARKROOM_STORAGE_URL {error}") from None


def _binaries(value: str | None) -> Path | None:
    if value is None:
        return None
    folder = Path(value).expanduser().absolute()
    if not (folder / "postgres").exists():
        raise SettingsError(f"DARKROOM_POSTGRES_BIN: there is no program 'postgres' in {folder}")
    return folder


def _listen(given: Mapping[str, str]) -> Listen | None:
    port, password = given.get("DARKROOM_POSTGRES_PORT"), given.get("DARKROOM_POSTGRES_PASSWORD")
    if port is None:
        if password is not None:
            raise SettingsError(
                "DARKROOM_POSTGRES_PASSWORD is set without DARKROOM_POSTGRES_PORT: nobody would be asked for it"
            )
        return None
    if not _is_port(port):
        raise SettingsError("DARKROOM_POSTGRES_PORT is no port number: write 1 to 65535")
    if password is None or len(password) < 12:
        raise SettingsError(
            "DARKROOM_POSTGRES_PORT opens TCP, so DARKROOM_POSTGRES_PASSWORD needs 12 characters or more"
        )
    return Listen(int(port), password)


def _local_hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower() for host in value.split(",") if host.strip())
    for number, host in enumerate(hosts, start=1):
        parts = _HOST.fullmatch(host)
        if parts is None or (parts["port"] and not _is_port(parts["port"])):
            raise SettingsError(
                f"DARKROOM_LOCAL_HOSTS: entry {number} is no host: write a name or address, or host:port"
            )
    return hosts


def _provider_url(name: str, value: str, local_hosts: tuple[str, ...]) -> str:
    """Keys go there: so it is https, unless the operator has named the host as one of his own."""
    wrong = SettingsError(
        f"{name} is no base URL: write https://host/path, without a login and without a question mark"
    )
    try:
        url = urlsplit(value.rstrip("/"))
        port = url.port
    except ValueError:
        raise wrong from None
    if url.scheme not in ("https", "http") or not url.hostname or "@" in url.netloc or url.query or url.fragment:
        raise wrong
    host = url.netloc.lower()
    if url.scheme == "http" and not {host, host.removesuffix(f":{port}")} & set(local_hosts):
        raise SettingsError(
            f"{name}: a key would go there unencrypted; write https, or add the host to DARKROOM_LOCAL_HOSTS"
        )
    return url.geturl()


def _switch(name: str, given: Mapping[str, str]) -> bool:
    value = given.get(name, "0")
    if value not in ("0", "1"):
        raise SettingsError(f"{name} is a switch: write 1 or 0")
    return value == "1"


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= 65535
