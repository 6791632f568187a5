"""OpenAI's images, and whatever speaks their format. One request, one reply. https://platform.openai.com/docs/api-reference/images"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from worker.calls import Call, CallError, Caption, Picture, Remember
from worker.providers.sizes import pixels, ratio_of
from worker.providers.wire import Download, Reply, decode, fetch, refused, send, words

if TYPE_CHECKING:
    import httpx

URL = "https://api.openai.com/v1"
HOSTS = ("oaidalleapiprodscus.blob.core.windows.net",)  # dall-e's; the others send the picture within the reply
AREA_MAX, EDGE_MAX = 3840 * 2160, 3840  # of the models that take any size
# What a request says once: an option cannot make it buy several pictures, or stream them.
_OURS = frozenset({"model", "prompt", "n", "stream", "partial_images"})
# Nobody can pay with this key any more. As codes alone, since a refusal's words may repeat the prompt.
_UNPAID = frozenset({"billing_hard_limit_reached", "billing_not_active", "insufficient_quota"})
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


class Output(msgspec.Struct):
    b64_json: str | None = None
    url: str | None = None
    revised_prompt: Any = None


class Images(msgspec.Struct):
    data: list[Output] | None = None


class Problem(msgspec.Struct):
    code: str | None = None
    type: str | None = None


class Refusal(msgspec.Struct):
    error: Problem


@dataclass(frozen=True)
class OpenAI:
    http: httpx.AsyncClient
    base_url: str
    download: Download
    seconds_max: float = 300.0

    async def generate(self, call: Call, remember: Remember) -> Picture:
        reply = await self._ask_with_pictures(call) if call.references else await self._ask(call)
        if reply.status != 200:
            raise _refused(reply, call)
        output = next(iter(decode(reply, Images).data or ()), Output())
        if not output.b64_json and not output.url:
            raise CallError("transient", f"no picture in the reply: {words(reply.body, call)}")
        address = f"data:;base64,{output.b64_json}" if output.b64_json else str(output.url)
        revised = output.revised_prompt if isinstance(output.revised_prompt, str) else None
        return Picture(await fetch(address, self.download), revised_prompt=revised)

    async def edit(self, call: Call, remember: Remember) -> Picture:
        return await self.generate(call, remember)

    async def caption(self, call: Call, remember: Remember) -> Caption:
        raise CallError("invalid", "openai writes no captions here: give the model of captions to openrouter")

    async def resume(self, call: Call, ref: str) -> Picture:
        raise CallError("transient", "a call to openai cannot be resumed: it is made anew")

    async def cancel(self, call: Call, ref: str) -> None:
        """Nothing: the call ends with the line."""

    async def _ask(self, call: Call) -> Reply:
        body = {**_settings(call), "model": call.model, "prompt": call.prompt, "n": 1}
        return await send(
            self.http, "POST", self.base_url, "/images/generations", call, seconds=self.seconds_max, body=body
        )

    async def _ask_with_pictures(self, call: Call) -> Reply:
        settings = {name: _as_text(value) for name, value in _settings(call).items()}
        form = {**settings, "model": call.model, "prompt": call.prompt, "n": "1"}
        files, seconds = _files(call), self.seconds_max
        return await send(
            self.http, "POST", self.base_url, "/images/edits", call, seconds=seconds, form=form, files=files
        )


def _settings(call: Call) -> dict[str, Any]:
    given: dict[str, Any] = {"size": _size(call)}
    if call.model.startswith("dall-e"):
        given["response_format"] = "b64_json"
    return {**given, **{name: value for name, value in call.options.items() if name not in _OURS}}


def _size(call: Call) -> str:
    if call.model.startswith("gpt-image-2"):
        size = pixels(call.aspect_ratio, call.resolution, area_max=AREA_MAX, edge_max=EDGE_MAX)
        return f"{size[0]}x{size[1]}" if size else "auto"
    ratio = ratio_of(call.aspect_ratio)
    if ratio == 1 or call.model == "dall-e-2":
        return "1024x1024"
    if ratio is None:
        return "auto"
    long = 1792 if call.model == "dall-e-3" else 1536
    return f"{long}x1024" if ratio > 1 else f"1024x{long}"


def _files(call: Call) -> list[tuple[str, tuple[str, bytes, str]]]:
    pictures = [given for given in call.references if given.role != "mask"]
    masks = [given for given in call.references if given.role == "mask"]
    if not pictures or len(masks) > 1:
        raise CallError("invalid", "an edit by openai takes a picture, and one mask for the first of them at most")
    name = "image" if len(pictures) == 1 else "image[]"
    return [
        (part, (f"{number}.{_ENDINGS.get(given.content_type, 'png')}", given.content, given.content_type))
        for number, (part, given) in enumerate([*((name, given) for given in pictures), *(("mask", m) for m in masks)])
    ]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _refused(reply: Reply, call: Call) -> CallError:
    error = refused(reply, call)
    try:
        problem = decode(reply, Refusal).error
    except CallError:  # not in OpenAI's own form
        return error
    return CallError("token_rejected", error.message) if {problem.code, problem.type} & _UNPAID else error
