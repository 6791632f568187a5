"""Who asks, as far as a request alone can tell: a bearer key before a cookie, and the origin under the cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.problems import Problem
from darkroom.clients import Credentials
from darkroom.secrets import hash_token

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from darkroom.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE = "__Host-darkroom"
PLAIN_COOKIE = "darkroom"  # where plain http is configured: browsers take __Host- over https only


def cookie_name(settings: Settings) -> str:
    return COOKIE if settings.api.https else PLAIN_COOKIE


def credentials(request: HTTPConnection, settings: Settings) -> Credentials:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not key.strip():
            raise Problem("unauthenticated", "Authorization is 'Bearer' and a key.")
        return Credentials(key=hash_token(key.strip()))
    token = request.cookies.get(cookie_name(settings))
    if token:
        return Credentials(session=hash_token(token))
    raise Problem("unauthenticated", "Send Authorization: Bearer with an API key, or sign in.")


def check_origin(request: HTTPConnection, settings: Settings) -> None:
    """Under the cookie every unsafe call comes from one of our own pages, and says so."""
    if request.scope.get("method", "GET") in SAFE_METHODS or "authorization" in request.headers:
        return
    if request.headers.get("origin") not in own_origins(settings):
        raise Problem("origin-refused", "This call was sent by a page of another origin.")


def own_origins(settings: Settings) -> frozenset[str]:
    return frozenset({settings.api.public_url, *settings.api.allowed_origins})
