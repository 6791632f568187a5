"""`darkroom doctor`'s questions: what can be reached, which versions, what is wrong and how to mend it."""

from __future__ import annotations

import asyncio
import os
import platform
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict

from darkroom import __version__, operators
from darkroom.addresses import read_addresses
from darkroom.bundle import default_root, read_bundle
from darkroom.database import translated
from darkroom.errors import DarkroomError
from darkroom.objects import open_objects, probe
from darkroom.postgres import is_instance
from darkroom.schema import SchemaMismatchError, compare_schema, stored_hash
from darkroom.secrets import SecretError, open_box
from darkroom.storage_url import FolderUrl

if TYPE_CHECKING:
    import httpx
    import psycopg
    from psycopg.rows import DictRow

    from darkroom.settings import Settings

PROBLEM = "problem"
WARNING = "warning"
API_SECONDS_MAX = 15.0
_PASSWORDS = frozenset({"password", "sslpassword"})


@dataclass(frozen=True)
class Finding:
    finding: str
    level: str
    message: str
    hint: str


@dataclass
class Checkup:
    """What was found. `checks` says what was looked at and whether it is well; findings say the rest."""

    data: str | None
    database_url: str | None = None
    api_url: str | None = None
    metrics_url: str | None = None
    storage_url: str | None = None
    versions: dict[str, str | None] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not any(finding.level == PROBLEM for finding in self.findings)

    def add(self, check: str, message: str, hint: str, level: str = PROBLEM) -> None:
        self.findings.append(Finding(check, level, message, hint))
        if level == PROBLEM:
            self.checks[check] = False

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self)}


def begin(settings: Settings) -> Checkup:
    """What can be said without a database."""
    embedded = settings.database_url is None
    checkup = Checkup(str(settings.data) if embedded else None)
    checkup.versions = {
        "darkroom": __version__,
        "python": platform.python_version(),
        "postgres": None,
        "schema_expected": read_bundle(default_root()).hash,
        "schema": None,
    }
    if settings.database_url is not None:
        checkup.database_url = redacted_url(settings.database_url)
    else:
        checkup.checks["data_folder"] = is_instance(settings.data)
        if not checkup.checks["data_folder"]:
            checkup.add(
                "data_folder",
                f"There is no instance in {settings.data}.",
                "`darkroom up` makes one there; --data or DARKROOM_DATA names another folder.",
            )
    return checkup


def examine(checkup: Checkup, settings: Settings, conn: psycopg.Connection[DictRow], *, thorough: bool) -> str | None:
    """What the database says, and which one it is, if it can. Each question stands alone: one that fails leaves the
    others their answers.
    """
    checkup.checks |= {"server": True, "schema": True, "database": True}
    checkup.versions["postgres"] = operators.server_version(conn)
    try:
        with translated():
            checkup.versions["schema"] = stored_hash(conn)
            compare_schema(checkup.versions["schema"], read_bundle(default_root()))
            found = operators.diagnose(conn, thorough)
            secrets = operators.encrypted_provider_secrets(conn)
            instance = operators.instance_id(conn)
            forbidden = operators.roles_out_of_reach(conn)
    except SchemaMismatchError as error:
        checkup.add("schema", _sentence(error.problem), _sentence(error.remedy))
        return None
    except DarkroomError as error:
        checkup.add("database", f"It does not answer: {error}.", "Connect as a member of the role darkroom_operator.")
        return None
    for row in found:
        checkup.add(row["finding"], row["message"], row["hint"], row["level"])
    if forbidden:
        checkup.add(
            "roles",
            f"The account {conn.info.user} may not act as {', '.join(forbidden)}: what logs in as it cannot start.",
            f'As an administrator: grant {", ".join(forbidden)} to "{conn.info.user}".',
            WARNING,
        )
    checkup.checks["secrets"] = True
    _examine_secrets(checkup, settings, secrets)
    return instance


def examine_storage(checkup: Checkup, settings: Settings) -> None:
    """Whether pictures can be kept, by keeping one. What is not there yet is not made by asking for its health."""
    place = settings.storage
    checkup.storage_url = str(place)
    checkup.checks["storage"] = True
    if settings.storage_url is None and settings.database_url is not None:
        checkup.add(
            "storage",
            f"Pictures go to this machine's folder {place}, while the database may serve several machines.",
            "Name one place for all of them with DARKROOM_STORAGE_URL, or this folder, if it is meant.",
            WARNING,
        )
    if isinstance(place, FolderUrl) and settings.storage_url is None and not place.path.exists():
        there = next(folder for folder in place.path.parents if folder.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            checkup.add("storage", f"{place.path} cannot be made.", f"Let this account write in {there}.")
        return

    async def try_it() -> None:
        async with open_objects(settings) as objects:
            await probe(objects)

    try:
        asyncio.run(try_it())
    except DarkroomError as error:
        checkup.add("storage", error.message, error.hint or "Correct DARKROOM_STORAGE_URL.")


def examine_api(checkup: Checkup, settings: Settings, instance: str | None) -> None:
    """The API of this instance, where one said that it listens; else where the settings would have it listen. Another
    one's may be there: each says which database it works on.
    """
    found = read_addresses(settings.data)
    if found is None and settings.database_url is None:
        return
    api = settings.api
    local = found.local_url if found else api.listen.url
    metrics = found.metrics_url if found else f"{api.metrics_listen.url}/metrics" if api.metrics_listen else None
    ready = _asked(f"{local}/readyz")
    if ready is None:
        if found is not None:
            checkup.add("api", f"The API at {local} does not answer.", "Is its process stuck? Start it again.")
        return
    theirs = ready.json().get("instance")
    if instance is None or theirs is None:
        if found is None:  # a guess that cannot be checked
            return
    elif theirs != instance:
        if found is not None:
            hint = "Start it with the DATABASE_URL that this command has, or name its data folder with --data."
            checkup.add("api", f"The API at {local} works on another database.", hint, WARNING)
        return
    checkup.api_url, checkup.checks["api"] = found.api_url if found else api.public_url, True
    if metrics is not None and _asked(metrics) is not None:
        checkup.metrics_url = metrics
    if ready.status_code != 200:
        missing = ", ".join(f"{name}: {said}" for name, said in ready.json()["checks"].items() if said != "ok")
        checkup.add(
            "api", f"The API at {local} is not ready ({missing}).", "Mend what it misses; it looks again by itself."
        )


def _asked(url: str) -> httpx.Response | None:
    import httpx  # much to read for a question that often is not asked

    try:
        answer = httpx.get(url, timeout=API_SECONDS_MAX, trust_env=False)
    except httpx.HTTPError:
        return None
    ours = answer.status_code in (200, 503) and ("darkroom_" in answer.text or '"ready":' in answer.text)
    return answer if ours else None


def unreachable(checkup: Checkup, message: str) -> None:
    checkup.add(
        "server", f"The database cannot be reached: {message.strip()}", "Start it, or correct DATABASE_URL or --data."
    )


def redacted_url(conninfo: str) -> str:
    """A URL for any connection string, without its passwords."""
    parts = {key: str(value) for key, value in conninfo_to_dict(conninfo).items() if value is not None}
    hidden = "password" in parts
    parts = {key: value for key, value in parts.items() if key not in _PASSWORDS}
    user = quote(parts.pop("user", ""), safe="")
    name = quote(parts.pop("dbname", ""), safe="")
    authority = user + (":***" if hidden else "") + ("@" if user or hidden else "")
    host = parts.get("host", "")
    if host and not host.startswith(("/", "@")) and "," not in host:
        parts.pop("host")
        port = parts.pop("port", "")
        authority += (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    query = urlencode(parts, quote_via=quote)
    return f"postgresql://{authority}/{name}" + (f"?{query}" if query else "")


def _examine_secrets(checkup: Checkup, settings: Settings, secrets: list[dict[str, Any]]) -> None:
    if not secrets:
        return
    try:
        box = open_box(settings)
    except SecretError as error:
        checkup.add(
            "secrets",
            f"{len(secrets)} provider tokens cannot be used: {error}.",
            "Put the keys back they were encrypted with: a new one opens none of them.",
        )
        return
    for row in secrets:
        try:
            box.decrypt(row["provider"], row["secret"])
        except SecretError as error:
            label = f" ({row['label']})" if row["label"] else ""
            checkup.add(
                "secrets",
                f"Token {row['id']} of {row['provider']}{label} cannot be used: {error}.",
                "Put the key back into DARKROOM_SECRET_KEYS, or remove the token and add it again.",
            )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
