"""Replicate: predictions, which are created, then polled. https://replicate.com/docs/reference/http"""

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
from worker.providers.wire import (
    Download,
    ask,
    decode,
    fetch,
    folded_seed,
    is_moderated,
    pictures_of,
    send,
    unseen,
    words_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

URL = "https://api.replicate.com/v1"
HOSTS = ("replicate.delivery", "*.replicate.delivery")
CREATE_SECONDS = 120.0  # the pictures of an edit go along
ASK_SECONDS = 30.0
CANCEL_SECONDS = 10.0
_MODEL = re.compile(r"(?P<name>\w[\w.-]*/\w[\w.-]*)(:(?P<version>\w+))?")
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_BAR = re.compile(r"(\d{1,3})%\|")
LOGS_READ = 4096
_ENDED = ("succeeded", "failed", "canceled", "aborted")


class Prediction(msgspec.Struct):
    id: str
    status: str
    output: Any = None
    error: Any = None
    logs: Any = None


@dataclass(frozen=True)
class Words:
    """What a family of models calls the pictures it is given, and how it says the resolution."""

    pictures: str = "image"
    several: bool = False
    resolution: str | None = "resolution"
    resolutions: Mapping[str, str] = field(default_factory=dict)


# From the models' own schemas. The first that matches counts; others are taken at the most usual words.
OTHERS = Words()
FAMILIES = (
    (re.compile(r"google/nano-banana-"), Words("image_input", several=True)),
    (re.compile(r"google/nano-banana"), Words("image_input", several=True, resolution=None)),
    (re.compile(r"bytedance/seedream"), Words("image_input", several=True, resolution="size")),
    (
        re.compile(r"black-forest-labs/flux-2"),
        Words("input_images", several=True, resolutions={"1K": "1 MP", "2K": "4 MP"}),
    ),
    (re.compile(r"black-forest-labs/flux-kontext"), Words("input_image", resolution=None)),
    (re.compile(r"openai/gpt-image"), Words("input_images", several=True, resolution=None)),
)


@dataclass(frozen=True)
class Replicate:
    http: httpx.AsyncClient
    base_url: str
    download: Download
    patience: Patience = field(default_factory=Patience)

    async def generate(self, call: Call, remember: Remember) -> Picture:
        ref = await begin(self._create(call), remember, partial(self.cancel, call))
        return await self.resume(call, ref)

    async def edit(self, call: Call, remember: Remember) -> Picture:
        return await self.generate(call, remember)

    async def caption(self, call: Call, remember: Remember) -> Caption:
        raise CallError("invalid", "replicate writes no captions here: give the model of captions to openrouter")

    async def resume(self, call: Call, ref: str) -> Picture:
        prediction = await follow(lambda: self._look(call, ref), lambda: self.cancel(call, ref), self.patience)
        if prediction.status != "succeeded":
            raise _failure(prediction, call)
        output = prediction.output
        address = output[0] if isinstance(output, list) and output else output
        if not isinstance(address, str) or not address:
            raise CallError("transient", "no picture in the reply")
        return Picture(await fetch(address, self.download), seed=call.seed)

    async def cancel(self, call: Call, ref: str) -> None:
        await send(self.http, "POST", self.base_url, f"{_place(ref)}/cancel", call, seconds=CANCEL_SECONDS)

    async def _create(self, call: Call) -> str:
        model = _MODEL.fullmatch(call.model)
        if model is None:
            raise CallError("invalid", f"{call.model!r} is no model: write owner/name or owner/name:version")
        body: dict[str, Any] = {"input": _input(call, model["name"])}
        path = f"/models/{model['name']}/predictions"
        if model["version"]:
            body["version"], path = model["version"], "/predictions"
        # Replicate ends what nobody follows any more, such as a call whose reply we never saw.
        ending = {"cancel-after": f"{math.ceil(max(self.patience.seconds_max, 5))}s"}
        prediction = await ask(
            self.http, "POST", self.base_url, path, call, Prediction, seconds=CREATE_SECONDS, headers=ending, body=body
        )
        if not _ID.fullmatch(prediction.id):
            raise CallError("transient", "the reply names no prediction")
        return prediction.id

    async def _look(self, call: Call, ref: str) -> Prediction | None:
        reply = await send(self.http, "GET", self.base_url, _place(ref), call, seconds=ASK_SECONDS)
        if reply.status != 200:
            raise unseen(reply, call)
        prediction = decode(reply, Prediction)
        if prediction.status in _ENDED:
            return prediction
        call.tell(_progress(prediction))
        return None


def _progress(prediction: Prediction) -> Progress:
    """Most models log the bars of their steps, of which the last one counts."""
    logs = prediction.logs[-LOGS_READ:] if isinstance(prediction.logs, str) else ""
    percents = [int(percent) for percent in _BAR.findall(logs)]
    fraction = percents[-1] / 100 if percents and percents[-1] <= 100 else None
    return Progress("starting" if prediction.status == "starting" else "processing", fraction)


def _failure(prediction: Prediction, call: Call) -> CallError:
    said = words_in(prediction.error, call) or "without a reason"
    moderated = prediction.status == "failed" and is_moderated(said)
    return CallError("moderated" if moderated else "transient", f"the prediction {prediction.status}: {said}")


def _place(ref: str) -> str:
    if not _ID.fullmatch(ref):
        raise CallError("transient", "what was remembered is no prediction of replicate's")
    return f"/predictions/{ref}"


def _input(call: Call, model: str) -> dict[str, Any]:
    speech = next((speech for pattern, speech in FAMILIES if pattern.match(model)), OTHERS)
    given: dict[str, Any] = {"aspect_ratio": call.aspect_ratio}
    # 1K is what most models make unasked, and many have no word for it.
    if speech.resolution and (speech is not OTHERS or call.resolution != "1K"):
        given[speech.resolution] = speech.resolutions.get(call.resolution, call.resolution)
    if call.seed is not None:
        given["seed"] = folded_seed(call)
    return {**given, **call.options, **_pictures(call, speech), "prompt": call.prompt}


def _pictures(call: Call, speech: Words) -> dict[str, Any]:
    pictures, mask = pictures_of(call, several=speech.several)
    given: dict[str, Any] = {}
    if pictures:
        given[speech.pictures] = pictures if speech.several else pictures[0]
    if mask:
        given["mask"] = mask
    return given
