"""OpenAI's words for what happens here: for programs that were made for its API and know no other.

A request becomes a generation like any other, and its answer waits for the images. What a model does not know, such as
a quality, has no effect on it; a size becomes the nearest that it can make.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.problems import KINDS, Dialect, Problem
from api.requests import Maybe, Prompt, Request, told

if TYPE_CHECKING:
    from collections.abc import Sequence

Quantity = Annotated[int, told("Images.", minimum=1, maximum=8, default=1)]
Wish = Annotated[str, told("Has an effect on models that know it as an option.")]
File = Annotated[
    str,
    told("PNG, JPEG or WebP; 50 MiB and 50 megapixels at most.", contentMediaType="application/octet-stream"),
]


class AskForImages(Request, kw_only=True):
    """What OpenAI's API takes, as far as it means something here."""

    prompt: Prompt
    model: Maybe[Annotated[str, told("Of GET /models; `openai/` may be left out.", examples=["sketch/ink"])]] = UNSET
    n: Maybe[Quantity] = UNSET
    size: Maybe[
        Annotated[str, told("`auto`, or width and height: the nearest that the model makes.", examples=["1536x1024"])]
    ] = UNSET
    response_format: Maybe[Annotated[Literal["b64_json", "url"], told("A url shows the image for an hour.")]] = UNSET
    quality: Maybe[Wish] = UNSET
    style: Maybe[Wish] = UNSET
    background: Maybe[Wish] = UNSET
    moderation: Maybe[Wish] = UNSET
    output_format: Maybe[Wish] = UNSET
    output_compression: Maybe[Annotated[int, told("Has an effect on models that know it as an option.")]] = UNSET
    input_fidelity: Maybe[Wish] = UNSET
    user: Maybe[Annotated[str, told("Kept as metadata of the generation.", maxLength=500)]] = UNSET
    safety_identifier: Maybe[Annotated[str, told("The same.", maxLength=500)]] = UNSET
    stream: Maybe[Annotated[bool, told("Only false.", enum=[False])]] = UNSET
    partial_images: Maybe[Annotated[int, told("Has no effect.")]] = UNSET


class AskForEdit(AskForImages, kw_only=True):
    """The same, with pictures to work from, as a form."""

    image: Annotated[File, Meta(description="One or more, up to 16, then as `image[]`.")]
    mask: Maybe[File] = UNSET


class OpenAIImage(Struct):
    """One of the two, as it was asked for."""

    b64_json: Annotated[str | UnsetType, Meta(description="The picture's file.")] = UNSET
    url: Annotated[str | UnsetType, Meta(description="Where it is for an hour.")] = UNSET


class OpenAIImages(Struct):
    """Images as OpenAI's API answers them. Some may be missing, if not all could be made."""

    created: int
    data: list[OpenAIImage]


class OpenAIErrorDetail(Struct):
    """What is wrong, in OpenAI's words."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(Struct):
    """A refusal as OpenAI's API tells it."""

    error: OpenAIErrorDetail


# By kind of problem: type and code, where OpenAI has words for it.
WORDS = {
    "unauthenticated": ("invalid_request_error", "invalid_api_key"),
    "insufficient-credits": ("insufficient_quota", "insufficient_quota"),
    "queue-full": ("rate_limit_error", "rate_limit_exceeded"),
    "rate-limited": ("rate_limit_error", "rate_limit_exceeded"),
    "invalid-request": ("invalid_request_error", "invalid_value"),
    "internal": ("server_error", "server_error"),
    "unavailable": ("server_error", "server_error"),
}
# OpenAI tells most of what is wrong with a request by one status.
STATUS = {"invalid-request": 400, "model-cannot-edit": 400, "idempotency-key-reused": 400, "unsupported-media": 400}
PARAMS = {
    "quantity": "n",
    "models": "model",
    "aspect_ratio": "size",
    "resolution": "size",
    "references": "image",
    "metadata": "user",
}


def _status(kind: str) -> int:
    return STATUS.get(kind, KINDS[kind][0])


def _error(problem: Problem) -> OpenAIError:
    *_, field = (problem.pointer or "").removeprefix("/options").split("/")[:2]
    param = PARAMS.get(field, field) or None
    kind, code = WORDS.get(problem.kind, ("invalid_request_error", problem.kind.replace("-", "_")))
    if problem.kind == "not-found" and param == "model":
        code = "model_not_found"
    code = problem.facts.get("code", code)
    return OpenAIError(OpenAIErrorDetail(problem.detail, kind, param, code))


DIALECT = Dialect(OpenAIError, _status, _error)


class Model(Struct):
    """What one has to know of a model to ask it in its own words."""

    id: str
    capability: str
    active: bool
    default: bool
    aspect_ratios: list[str]
    resolutions: list[str]
    options: dict[str, Any]


_SIZE = re.compile(r"(?P<width>[1-9][0-9]{0,4})x(?P<height>[1-9][0-9]{0,4})")
_RATIO = re.compile(r"(?P<width>[0-9]+):(?P<height>[0-9]+)")
_RESOLUTION = re.compile(r"(?P<kilopixels>[0-9.]+)K")
OPTIONS = (
    "quality", "style", "background", "moderation", "output_format", "output_compression", "input_fidelity",
)  # fmt: skip


def plan(asked: AskForImages, models: Sequence[Model]) -> dict[str, Any]:
    """The request for a generation that this amounts to."""
    if asked.stream is True:
        raise Problem("invalid-request", "Images are not streamed here; leave out stream.", pointer="/stream")
    request: dict[str, Any] = {"prompt": asked.prompt}
    model = _model(asked, models)
    if model is not None:
        request |= {"models": [model.id]} | _shape(asked, model) | {"options": _options(asked, model)}
    elif _given(asked.model):
        request["models"] = [asked.model]  # which is refused, in the words for it
    if _given(asked.n):
        request["quantity"] = asked.n
    named = {"user": asked.user, "safety_identifier": asked.safety_identifier}
    request["metadata"] = {name: value for name, value in named.items() if _given(value)}
    return request


def _given(value: object) -> bool:
    return value is not UNSET and value is not None


def _model(asked: AskForImages, models: Sequence[Model]) -> Model | None:
    usable = [model for model in models if model.active and model.capability == "image"]
    if not _given(asked.model):
        return next((model for model in usable if model.default), None)
    names = (asked.model, f"openai/{asked.model}")
    return next((model for name in names for model in usable if model.id == name), None)


def _shape(asked: AskForImages, model: Model) -> dict[str, str]:
    if not isinstance(asked.size, str) or asked.size == "auto":
        return {}
    size = _SIZE.fullmatch(asked.size)
    if size is None:
        raise Problem("invalid-request", "A size is written like 1536x1024, or auto.", pointer="/size")
    width, height = int(size["width"]), int(size["height"])
    ratio = _nearest(width / height, {each: _ratio(each) for each in model.aspect_ratios})
    resolution = _nearest(math.sqrt(width * height) / 1024, {each: _kilopixels(each) for each in model.resolutions})
    return {name: value for name, value in (("aspect_ratio", ratio), ("resolution", resolution)) if value is not None}


def _nearest(wanted: float, choices: dict[str, float | None]) -> str | None:
    """As an eye measures it: twice as wide is as far away as half as wide. Of those as near, the first."""
    known = {choice: abs(math.log(value / wanted)) for choice, value in choices.items() if value}
    return min(known, key=lambda choice: round(known[choice], 6), default=None)


def _ratio(text: str) -> float | None:
    found = _RATIO.fullmatch(text)
    return int(found["width"]) / int(found["height"]) if found and int(found["height"]) else None


def _kilopixels(text: str) -> float | None:
    """The side of a square of this resolution."""
    found = _RESOLUTION.fullmatch(text)
    return float(found["kilopixels"]) if found else None


def _options(asked: AskForImages, model: Model) -> dict[str, Any]:
    wishes = {name: getattr(asked, name) for name in OPTIONS}
    return {
        name: value for name, value in wishes.items() if name in model.options and _given(value) and value != "auto"
    }


class Made(Struct):
    """An image, or a call for one: what one has to know of it when all has ended."""

    id: str | int
    slot: int | None
    error_class: str | None = None
    error: str | None = None


class Generation(Struct):
    """The same of a generation."""

    images: list[Made]
    jobs: list[Made]
    finished_at: str

    def why_nothing(self) -> Problem:
        """Of its calls' failures the one that says most about the request."""
        failures = [job for job in self.jobs if job.error_class is not None]
        for kind, code in (("moderated", "moderation_blocked"), ("invalid", "invalid_value")):
            for job in failures:
                if job.error_class == kind:
                    return Problem("invalid-request", job.error or "It was refused.", code=code)
        if failures:
            return Problem("unavailable", f"{failures[-1].error} It was tried several times, and costs nothing.")
        return Problem("invalid-request", "The request was cancelled.", code="cancelled")
