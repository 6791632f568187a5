"""Links that show one image to whoever has them: for pages of other origins, and to share."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from api import auth, belongings, queries, replies, requests, serving
from api.operations import JSON_TYPE, LOCATIONS, operation
from api.problems import Problem
from darkroom import links
from darkroom.secrets import hash_token
from darkroom.sessions import new_token

if TYPE_CHECKING:
    from api.operations import Asked


class _Made(msgspec.Struct):
    id: str
    expires_at: str
    url: str = ""


@operation(
    "POST",
    "/images/{id}/links",
    body=requests.CreateLink,
    answer=belongings.Link,
    status=201,
    creates=True,
    refuses=("in-trash", "conflict"),
)
async def create_link(asked: Asked) -> Response:
    """Make a link that shows the image to whoever has it, without a sign-in, until it expires or is deleted.

    While the image is in the trash it shows nothing. It goes with the image.
    """
    token = token_of(asked, asked.id())
    reply = await asked.creating("create_link", asked.id(), hash_token(token), asked.raw, only="link")
    made = msgspec.json.decode(reply.body, type=_Made)
    made.url = url_of(asked, token)
    headers = {"Darkroom-Seq": str(reply.seq), "Location": LOCATIONS["link"].format(made.id)}
    if reply.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(msgspec.json.encode(made), 201, headers, JSON_TYPE)


@operation("DELETE", "/links/{id}", answer=replies.Deleted, refuses=("not-found",))
async def delete_link(asked: Asked) -> Response:
    """Delete a link. From now on it shows nothing."""
    return await asked.answer("delete_link", asked.id())


@operation(
    "GET",
    "/s/{token}",
    query=queries.ImageFile,
    public=True,
    media=serving.MEDIA_TYPES,
    also={206: "The part that Range asked for.", 304: "It is still what If-None-Match names."},
    refuses=("not-found", "range-not-satisfiable"),
)
async def open_link(asked: Asked) -> Response:
    """What a link shows. `/s/{token}`, without `/v1`, is the same."""
    found = await links.open_link(asked.state.pool, asked.request.path_params["token"], asked.query.size)
    if found is None:
        raise Problem("not-found", "This link shows nothing, or does not any more.")
    # Kept by nobody unless it is asked for again: a link that was deleted is not to be seen any more.
    headers = {"Cache-Control": "private, no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
    file = msgspec.convert(found, serving.StoredFile)
    return await serving.file_response(asked.request, asked.state.objects, file, headers, download=asked.query.download)


SHORT = (open_link,)


def token_of(asked: Asked, image: object) -> str:
    """Random; but of a request that may come again the same each time, since nobody keeps it.

    It is made from the credential then, which nobody keeps either.
    """
    key = asked.idempotency_key
    if key is None:
        return new_token()
    shown = asked.request.headers.get("authorization") or auth.session_token(asked.request, asked.state.settings) or ""
    made = hmac.digest(shown.encode(), f"link {asked.request.url.path} {image} {key}".encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def url_of(asked: Asked, token: str) -> str:
    return f"{asked.state.settings.api.public_url}/s/{token}"
