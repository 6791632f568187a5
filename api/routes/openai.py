"""The same for programs made for OpenAI's API: they need this server's address with `/v1`, and a key of it.

What is asked for here is a generation like any other, and shows up as one. The answer waits for its images.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api import openai_door as door
from api import problems
from api.forms import FORM_TYPE, Parts, read_form
from api.operations import JSON_TYPE, LOCATIONS, operation, struct_of
from api.pictures import BYTES_MAX
from api.problems import Problem
from api.relay import TooManyError
from api.routes import links
from api.serving import StoredFile, Streamed
from darkroom.errors import DarkroomError
from darkroom.event_stream import SignIn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from api.followers import Ear
    from api.operations import Asked
    from darkroom.clients import Reply

WAIT_SECONDS_MAX = 570.0  # these programs wait for ten minutes
LINK_SECONDS = 3600
PICTURES = ("image", "mask")
PICTURES_MAX = 17  # with a mask
FIELDS_MAX = 32
FORM_BYTES_MAX = 4 * BYTES_MAX
REFUSES = ("insufficient-credits", "not-found", "model-cannot-edit", "queue-full", "too-large")


class _Models(msgspec.Struct):
    items: list[door.Model]


@operation(
    "POST",
    "/images/generations",
    body=door.AskForImages,
    answer=door.OpenAIImages,
    creates=True,
    refuses=REFUSES,
    dialect=door.DIALECT,
)
async def generate_images(asked: Asked) -> Response:
    """Images from words, as `client.images.generate` asks for them."""
    return await _images(asked, asked.body, [])


@operation(
    "POST",
    "/images/edits",
    body=door.AskForEdit,
    takes=FORM_TYPE,
    answer=door.OpenAIImages,
    creates=True,
    refuses=REFUSES,
    dialect=door.DIALECT,
)
async def edit_images(asked: Asked) -> Response:
    """Images from pictures and words, as `client.images.edit` asks for them. The pictures become uploads."""
    who = await asked.call("get_me")  # strangers are told so before they send them
    references: list[dict[str, str]] = []
    with asked.state.intake.place(who.caller.user):
        async with read_form(
            asked.request, files_max=PICTURES_MAX, fields_max=FIELDS_MAX, bytes_max=FORM_BYTES_MAX
        ) as parts:
            wishes, pictures = _sorted(parts)
            for name, file in pictures:
                kept = await asked.state.intake.keep(asked.call, file, f"/{name}")
                role = "mask" if name == "mask" else "manual" if references else "source"
                references.append({"upload_id": kept.id, "role": role})
    return await _images(asked, wishes, references)


def _sorted(parts: Parts) -> tuple[door.AskForImages, list[tuple[str, UploadFile]]]:
    """What is wished for, and the pictures under their names, the mask last."""
    pictures = [(name.removesuffix("[]"), part) for name, part in parts if isinstance(part, UploadFile)]
    texts = {name: part for name, part in parts if not isinstance(part, UploadFile)}
    for name, _ in pictures:
        if name not in PICTURES:
            raise Problem("invalid-request", "Pictures come in the parts image and mask.", pointer=f"/{name[:100]}")
    for name in texts:
        if name.removesuffix("[]") in PICTURES:
            raise Problem("invalid-request", "Send a picture as a file, with a name.", pointer=f"/{name}")
    wishes: door.AskForImages = struct_of(door.AskForImages, texts, strict=False)  # type: ignore[assignment]
    if "image" not in dict(pictures):
        raise Problem("invalid-request", "Send a picture to work from, in the part image.", pointer="/image")
    return wishes, sorted(pictures, key=lambda picture: picture[0] == "mask")


async def _images(asked: Asked, wishes: door.AskForImages, references: list[dict[str, str]]) -> Response:
    models = await asked.call("list_models")
    request = door.plan(wishes, msgspec.json.decode(models.body, type=_Models).items)
    if references:
        request["references"] = references
    try:
        # Before anything is made: whoever may not wait for it is not to pay for it.
        async with asked.state.relay.hearing(SignIn(str(models.caller.user))) as ear:
            return await _made(asked, ear, request, as_url=wishes.response_format == "url")
    except TooManyError:
        raise Problem("rate-limited", "You wait for too much at once already.") from None


async def _made(asked: Asked, ear: Ear, request: dict[str, Any], *, as_url: bool) -> Response:
    scope = asked.operation.path
    created = await asked.creating(
        "create_generation", request, scope=scope, only="generation", id_at=("generation", "id")
    )
    try:
        return await _finished(asked, ear, created, as_url=as_url)
    except Problem as refused:
        problem = refused
    except DarkroomError as error:
        problem = problems.from_error(error)
    # It is made all the same: these programs ask again by themselves, and would pay twice.
    response = problems.response(asked.request, problem, door.DIALECT)
    response.headers.update({"X-Should-Retry": "false", "Location": LOCATIONS["generation"].format(created.id)})
    return response


async def _finished(asked: Asked, ear: Ear, created: Reply, *, as_url: bool) -> Response:
    id_ = created.id or ""
    if not await asked.state.relay.wait_finished(ear, [id_], WAIT_SECONDS_MAX):
        raise Problem("unavailable", f"It takes longer than this answer may. It will be at /v1/generations/{id_}.")
    now = await asked.call("get_generation", id_, only="generation")
    generation = msgspec.json.decode(now.body, type=door.Generation)
    if not generation.images:
        raise generation.why_nothing()
    ids = [str(image.id) for image in sorted(generation.images, key=lambda image: image.slot or 0)]
    headers = {"Darkroom-Seq": str(now.seq), "Location": LOCATIONS["generation"].format(id_)}
    if created.replayed:
        headers["Idempotency-Replayed"] = "true"
    made_at = int(datetime.fromisoformat(generation.finished_at).timestamp())
    if as_url:
        images = door.OpenAIImages(made_at, [door.OpenAIImage(url=await _link(asked, id_)) for id_ in ids])
        return Response(msgspec.json.encode(images), 200, headers, JSON_TYPE)
    keys = [await _key(asked, id_) for id_ in ids]
    return Streamed(_in_json(asked, keys, made_at), 200, headers, JSON_TYPE)


async def _link(asked: Asked, image: str) -> str:
    _, link = await links.make_link(asked, image, {"expires_in": LINK_SECONDS}, scope=asked.operation.path)
    return link["url"]


async def _key(asked: Asked, image: str) -> str:
    """Where it is, once it is sure that it is there."""
    file = msgspec.json.decode((await asked.call("get_image_file", image)).body, type=StoredFile)
    await asked.state.objects.stat(file.object_key)
    return file.object_key


async def _in_json(asked: Asked, keys: list[str], made_at: int) -> AsyncGenerator[bytes, None]:
    """Pictures as texts in JSON, a piece at a time: eight of them as a whole would take hundreds of megabytes."""
    yield b'{"created": %d, "data": [' % made_at
    for place, key in enumerate(keys):
        yield b', {"b64_json": "' if place else b'{"b64_json": "'
        rest = b""
        async for piece in asked.state.objects.stream(key):
            content = rest + piece
            whole = len(content) - len(content) % 3
            rest = content[whole:]
            yield base64.b64encode(content[:whole])
        yield base64.b64encode(rest) + b'"}'
    yield b"]}"
