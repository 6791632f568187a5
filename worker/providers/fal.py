"""fal: a queue. A request is submitted, its status polled, its result fetched. https://fal.ai/docs/api-reference/inference-api"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from darkroom.queue import Progress
from worker.calls import Call, CallError, Caption, Picture, Remember
from worker.providers.following import Patience, begin, follow
from worker.providers.sizes import pixels
from worker.providers.wire import (
    Download,
    Reply,
    ask,
    decode,
    fetch,
    folded_seed,
    is_moderated,
    own_url,
    pictures_of,
    refused,
    send,
    unseen,
    words,
    words_in,
)

if TYPE_CHECKING:
    import httpx

URL = "https://queue.fal.run"
HOSTS = ("fal.media", "*.fal.media")
SUBMIT_SECONDS = 120.0  # the pictures of an edit go along
ASK_SECONDS = 30.0
CANCEL_SECONDS = 10.0
AREA_MAX, EDGE_MAX = 4096 * 4096, 8192
_MODEL = re.compile(r"\w[\w.-]*(/\w[\w.-]*)+")
# Models that take a ratio rather than pixels, those of them that take a resolution, and those for several pictures.
_BY_RATIO = re.compile(r"nano-banana|gemini|imagen|kontext|ultra")
_BY_RESOLUTION = re.compile(r"nano-banana-|gemini-3|imagen4")
_SEVERAL = re.compile(r"/edit\b|/multi\b")
_ENDED = ("COMPLETED", "FAILED", "CANCELED", "CANCELLED")


class Places(msgspec.Struct):
    """Where a request is looked after. fal asks to take these as given and not to build them: they are its name."""

    status_url: str
    response_url: str
    cancel_url: str


class Status(msgspec.Struct):
    status: str
    error: Any = None
    error_type: Any = None


class Output(msgspec.Struct):
    images: Any = None
    image: Any = None
    has_nsfw_concepts: Any = None


@dataclass(frozen=True)
class Fal:
    http: httpx.AsyncClient
    base_url: str
    download: Download
    patience: Patience = field(default_factory=Patience)

    async def generate(self, call: Call, remember: Remember) -> Picture:
        ref = await begin(self._submit(call), remember, partial(self.cancel, call))
        return await self.resume(call, ref)

    async def edit(self, call: Call, remember: Remember) -> Picture:
        return await self.generate(call, remember)

    async def caption(self, call: Call, remember: Remember) -> Caption:
        raise CallError("invalid", "fal writes no captions here: give the model of captions to openrouter")

    async def resume(self, call: Call, ref: str) -> Picture:
        places = self._places(ref)
        ended: Reply | Status = await follow(
            lambda: self._look(call, places), lambda: self.cancel(call, ref), self.patience
        )
        if isinstance(ended, Status):
            raise _failure(ended, call)
        if ended.status != 200:
            raise refused(ended, call)
        output = decode(ended, Output)
        if isinstance(output.has_nsfw_concepts, list) and output.has_nsfw_concepts[:1] == [True]:
            raise CallError("moderated", "the safety checker blacked the picture out")
        address = _address(output)
        if address is None:
            raise CallError("transient", f"no picture in the reply: {words(ended.body, call)}")
        return Picture(await fetch(address, self.download), seed=call.seed)

    async def cancel(self, call: Call, ref: str) -> None:
        await self._send("PUT", self._places(ref).cancel_url, call, CANCEL_SECONDS)

    async def _submit(self, call: Call) -> str:
        if not _MODEL.fullmatch(call.model):
            raise CallError("invalid", f"{call.model!r} is no model of fal's: write owner/name or owner/name/path")
        # So that a request whose reply we never saw does not wait for ever in the queue.
        waiting = {"x-fal-request-timeout": str(math.ceil(self.patience.seconds_max))}
        places = await ask(
            self.http,
            "POST",
            self.base_url,
            f"/{call.model}",
            call,
            Places,
            scheme="Key",
            seconds=SUBMIT_SECONDS,
            headers=waiting,
            body=_input(call),
        )
        ref = msgspec.json.encode(places).decode()
        self._places(ref)
        return ref

    async def _look(self, call: Call, places: Places) -> Reply | Status | None:
        """The reply with the result or the model's refusal, or the status of a failure; None while it waits or runs."""
        reply = await self._send("GET", places.status_url, call, ASK_SECONDS)
        if reply.status not in (200, 202):
            raise unseen(reply, call)
        status = decode(reply, Status)
        if status.status not in _ENDED:
            call.tell(Progress("starting" if status.status == "IN_QUEUE" else "processing"))
            return None
        if status.error or status.status != "COMPLETED":
            return status
        result = await self._send("GET", places.response_url, call, ASK_SECONDS)
        if result.status in (200, 400, 422):
            return result
        raise unseen(result, call)

    async def _send(self, method: str, url: str, call: Call, seconds: float) -> Reply:
        return await send(self.http, method, self.base_url, url, call, scheme="Key", seconds=seconds)

    def _places(self, ref: str) -> Places:
        try:
            places = msgspec.json.decode(ref, type=Places)
        except (msgspec.MsgspecError, UnicodeError):
            raise CallError("transient", "what was remembered is no request of fal's") from None
        for url in (places.status_url, places.response_url, places.cancel_url):
            own_url(self.base_url, url)
        return places


def _failure(status: Status, call: Call) -> CallError:
    said = words_in([status.error_type, status.error], call)
    message = f"the request ended as {status.status[:20]}: {said or 'without a reason'}"
    if is_moderated(said):
        return CallError("moderated", message)
    if "timeout" in str(status.error_type):
        return CallError("timeout", message)
    return CallError("invalid" if status.error_type == "bad_request" else "transient", message)


def _address(output: Output) -> str | None:
    first = output.images[0] if isinstance(output.images, list) and output.images else output.image
    address = first.get("url") if isinstance(first, dict) else first
    return address if isinstance(address, str) and address else None


def _input(call: Call) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if _BY_RATIO.search(call.model):
        given["aspect_ratio"] = call.aspect_ratio
        if _BY_RESOLUTION.search(call.model):
            given["resolution"] = call.resolution
    elif size := pixels(call.aspect_ratio, call.resolution, area_max=AREA_MAX, edge_max=EDGE_MAX):
        given["image_size"] = {"width": size[0], "height": size[1]}
    if call.seed is not None:
        given["seed"] = folded_seed(call)
    return {**given, **call.options, **_pictures(call), "num_images": 1, "prompt": call.prompt}


def _pictures(call: Call) -> dict[str, Any]:
    several = _SEVERAL.search(call.model) is not None
    pictures, mask = pictures_of(call, several=several)
    given: dict[str, Any] = {}
    if pictures:
        given |= {"image_urls": pictures} if several else {"image_url": pictures[0]}
    if mask:
        given["mask_url"] = mask
    return given
