"""Links that show one image to whoever has them: for pages of other origins, and to share."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from api import auth, belongings, queries, replies, requests, serving, shapes
from api.operations import JSON_TYPE, LOCATIONS, operation
from api.problems import Problem
from darkroom import links
from darkroom.secrets import SecretError, hash_token, open_box
from darkroom.sessions import new_token

if TYPE_CHECKING:
    from api.operations import Asked
    from darkroom.clients import Reply


class _Made(msgspec.Struct):
    id: str
    expires_at: str
    sha256: str


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
    reply, link = await make_link(asked, asked.id(), asked.raw)
    headers = {"Darkroom-Seq": str(reply.seq), "Location": LOCATIONS["link"].format(link["id"])}
    if reply.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(msgspec.json.encode(link), 201, headers, JSON_TYPE)


@operation("GET", "/links", query=queries.Links, answer=shapes.Page[belongings.KeptLink])
async def list_links(asked: Asked) -> Response:
    """The links that have not expired, newest first: to see what is shown to others, and to delete it."""
    return await asked.answer("list_links", asked.raw)


@operation("GET", "/links/{id}", answer=belongings.KeptLink, refuses=("not-found",))
async def get_link(asked: Asked) -> Response:
    """One link. Its URL is not told again."""
    return await asked.answer("get_link", asked.id(), only="link")


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


async def make_link(
    asked: Asked, image: object, request: dict[str, Any], scope: str = ""
) -> tuple[Reply, dict[str, str]]:
    """A link to an image, or once more the one that this very request has made before."""
    tokens = await _tokens(asked, image)
    reply = await asked.creating("create_link", image, hash_token(tokens[0]), request, scope=scope, only="link")
    made = msgspec.json.decode(reply.body, type=_Made)
    token = next((token for token in tokens if hash_token(token).hex() == made.sha256), None)
    if token is None:
        raise Problem("idempotency-key-reused", "The link of this Idempotency-Key was made with another credential.")
    url = f"{asked.state.settings.api.public_url}/s/{token}"
    return reply, {"id": made.id, "url": url, "expires_at": made.expires_at}


async def _tokens(asked: Asked, image: object) -> list[str]:
    """Random; but of a request that may come again the same each time, since nobody keeps it.

    It is made from the server's secret keys then, so that another credential of the same user gets the same; where
    there are none, from the credential. The first one is for a new link; an earlier one may have had any of them.
    """
    key = asked.idempotency_key
    if key is None:
        return [new_token()]
    user = asked.request.state.user_id or (await asked.call("get_me")).caller.user
    request = f"{asked.request.url.path} {image} {key}"
    shown = asked.request.headers.get("authorization") or auth.session_token(asked.request, asked.state.settings) or ""
    made = hmac.digest(shown.encode(), f"link {request}".encode(), "sha256")
    of_credential = base64.urlsafe_b64encode(made).decode().rstrip("=")
    try:
        return [*open_box(asked.state.settings, create=True).derive("link", f"{user} {request}"), of_credential]
    except SecretError:
        return [of_credential]
