"""One request to a provider, its bounded reply, and the class that each way of failing belongs to.

The provider's key leaves this process here alone, and only to the origin of the provider's base URL. What a provider
says is shown to operators without the key and without the prompt.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import msgspec

from worker.calls import Call, CallError
from worker.download import decode_base64
from worker.providers.waits import told_wait

# Fetches a finished picture from the provider's own hosts.
Download = Callable[[str], Awaitable[bytes]]
Reply_ = TypeVar("Reply_")

REPLY_BYTES_MAX = 96 * 1024 * 1024  # the largest picture as base64, and its prompt's pictures told back
WORDS_BYTES_MAX = 256 * 1024
MESSAGE_CHARACTERS_MAX = 500
SEEDS = 2**31  # what every model takes; a larger seed is folded, so that the same one still means the same picture

_MODERATED = re.compile(
    r"nsfw|flagged|moderated|moderation[ _](blocked|failed|error)|content[ _-]?(policy|moderation|filter|violation)"
    r"|\bsafety\b(?![ _-]?checker)|image_safety|prohibited|(?<!case[ -])\bsensitive\b",
    re.IGNORECASE,
)
# Of a 429: waiting does not help, somebody has to pay. Low credit alone only slows a key down.
_UNPAID = re.compile(
    r"insufficient[ _](quota|credits?|balance|funds)|exceeded your current quota|billing_(hard_limit|not_active)"
    r"|exhausted balance|payment required",
    re.IGNORECASE,
)
_KEYS = re.compile(r"\b(?:sk|r8|fal|key)[-_][\w*.-]{6,}", re.IGNORECASE)
_DATA = re.compile(r"data:[^,\s]{0,80},[\w+/=-]*")
_SAYING = ("code", "type", "error_type", "title", "detail", "message", "msg", "error", "reasons", "raw", "metadata")


@dataclass(frozen=True)
class Reply:
    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)


async def send(
    http: httpx.AsyncClient,
    method: str,
    base_url: str,
    path: str,
    call: Call,
    *,
    seconds: float,
    scheme: str = "Bearer",
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
    files: list[tuple[str, tuple[str, bytes, str]]] | None = None,
) -> Reply:
    """One request, never repeated, within so many seconds. `path` may be an address that the provider gave us."""
    url = own_url(base_url, path)
    sent = {**(headers or {}), **_authorization(call, scheme)}
    if body is not None:
        sent["content-type"] = "application/json"
    try:
        async with (
            asyncio.timeout(seconds),
            http.stream(
                method,
                url,
                headers=sent,
                content=None if body is None else msgspec.json.encode(body),
                data=form,
                files=files,
                timeout=httpx.Timeout(None, connect=10, pool=10),
                follow_redirects=False,
            ) as response,
        ):
            return Reply(response.status_code, response.headers, await _read(response))
    except TimeoutError:
        raise CallError("timeout", f"{url.host} did not answer within {seconds:g} s") from None
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        # Its name alone: the text of some quotes headers.
        raise CallError("transient", f"the line to {url.host} broke: {type(error).__name__}") from None


async def ask(
    http: httpx.AsyncClient,
    method: str,
    base_url: str,
    path: str,
    call: Call,
    shape: type[Reply_],
    **how: Any,
) -> Reply_:
    """One request, and what is in its reply."""
    reply = await send(http, method, base_url, path, call, **how)
    if reply.status not in (200, 201, 202):
        raise refused(reply, call)
    return decode(reply, shape)


def decode(reply: Reply, shape: type[Reply_]) -> Reply_:
    try:
        return msgspec.json.decode(reply.body, type=shape)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise CallError("transient", f"the reply cannot be read: {str(error)[:MESSAGE_CHARACTERS_MAX]}") from None


def own_url(base_url: str, path: str) -> httpx.URL:
    """The address to ask, which is the base URL's own, whoever named it: the key goes along."""
    base = httpx.URL(base_url)
    try:
        url = httpx.URL(base_url.rstrip("/") + path if path.startswith("/") else path)
    except (httpx.InvalidURL, ValueError):
        raise CallError("transient", "the provider names an address that is no URL") from None
    if _origin(url) != _origin(base) or url.userinfo:
        raise CallError("transient", f"the provider names an address outside {base.host}: nothing was sent there")
    return url


def refused(reply: Reply, call: Call) -> CallError:
    """What an HTTP status and the words that came with it mean."""
    said = words(reply.body, call)
    return classify(reply.status, said, told_wait(reply.headers, said))


def unseen(reply: Reply, call: Call) -> CallError:
    """What it means when a call that was begun cannot be looked at. Of refusals only those of the key itself count:
    another of our keys may have begun the call, or it may be gone, and that is nobody's fault."""
    error = refused(reply, call)
    return error if reply.status in (401, 429) else CallError("transient", error.message, error.retry_after)


def classify(status: int, said: str, wait: float | None = None) -> CallError:
    message = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    if status == 429:
        return (
            CallError("token_rejected", message) if _UNPAID.search(said) else CallError("rate_limited", message, wait)
        )
    if status in (401, 402):
        return CallError("token_rejected", message)
    if status in (408, 409, 425) or not 400 <= status < 500:
        return CallError("transient", message, wait)
    # A prompt must not be able to switch off a key: where the words speak of the prompt, it is the prompt.
    if is_moderated(said):
        return CallError("moderated", message)
    return CallError("token_rejected" if status == 403 else "invalid", message)


def is_moderated(said: str) -> bool:
    return _MODERATED.search(said) is not None


def words(body: bytes, call: Call) -> str:
    """What a reply says went wrong. It is read as a whole or not at all: a cut could leave half a key."""
    if len(body) > WORDS_BYTES_MAX:
        return f"a reply of {len(body)} bytes"
    try:
        return words_in(msgspec.json.decode(body), call)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return redact("no JSON: " + body.decode(errors="replace"), call) if body else ""


def words_in(value: Any, call: Call) -> str:
    """The words in a part of a reply, from whichever fields providers keep them in."""
    return redact(" ".join(_sayings(value)), call)


def redact(text: str, call: Call) -> str:
    """Without the key, whole or in its parts, without the prompt, without pictures; one line, and not too long."""
    for hidden in (*(call.secret or "").split(":"), call.prompt):
        if len(hidden) > 3:
            text = text.replace(hidden, "[…]")
    text = _KEYS.sub("[…]", _DATA.sub("[…]", text))
    return " ".join(text.split())[:MESSAGE_CHARACTERS_MAX]


def as_data_url(content: bytes, content_type: str) -> str:
    return f"data:{content_type};base64,{base64.b64encode(content).decode('ascii')}"


def pictures_of(call: Call, *, several: bool) -> tuple[list[str], str | None]:
    """The pictures a call is given and its mask, as data URLs. More than its model takes are refused, not dropped."""
    masks = [as_data_url(given.content, given.content_type) for given in call.references if given.role == "mask"]
    pictures = [as_data_url(given.content, given.content_type) for given in call.references if given.role != "mask"]
    if len(masks) > 1 or (len(pictures) > 1 and not several):
        raise CallError("invalid", f"{call.model} takes one picture and one mask: lower its max_references")
    return pictures, next(iter(masks), None)


async def fetch(address: str, download: Download) -> bytes:
    """A finished picture, from a data: URL or from where the provider keeps it."""
    if address.startswith("data:"):
        head, _, packed = address.partition(",")
        if not head.endswith(";base64"):
            raise CallError("transient", "the picture came as a data: URL that is not base64")
        return decode_base64(packed)
    return await download(address)


def folded_seed(call: Call) -> int | None:
    return None if call.seed is None else call.seed % SEEDS


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > REPLY_BYTES_MAX:
            raise CallError("invalid", f"the reply is larger than {REPLY_BYTES_MAX} bytes")
    return bytes(body)


def _authorization(call: Call, scheme: str) -> dict[str, str]:
    if call.secret is None:
        return {}
    if not (call.secret.isascii() and call.secret.isprintable()) or " " in call.secret:
        raise CallError("token_rejected", "the key holds characters that no key has: add it again, without line ends")
    return {"authorization": f"{scheme} {call.secret}"}


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _sayings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value[:10]:
                yield from _sayings(item)
        case dict():
            for key in _SAYING:
                yield from _sayings(value.get(key))
