"""Who asks, as far as a request alone can tell: a bearer key before a cookie, and the origin under the cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import jwt
from api.problems import Problem
from darkroom.clients import Credentials
from darkroom.secrets import hash_token
from darkroom.sessions import SESSION_SECONDS_MAX

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.responses import Response

    from darkroom.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE = "__Host-darkroom"
PLAIN_COOKIE = "darkroom"  # where plain http is configured: browsers take __Host- over https only
KEY_PREFIX = "dk_"


def cookie_name(settings: Settings) -> str:
    return COOKIE if settings.api.https else PLAIN_COOKIE


def session_token(request: HTTPConnection, settings: Settings) -> str | None:
    return request.cookies.get(cookie_name(settings)) or None


def set_session(response: Response, settings: Settings, token: str) -> None:
    """Have the browser keep a session, or forget the one it has (an empty token)."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=SESSION_SECONDS_MAX if token else 0,
        path="/",
        secure=settings.api.https,
        httponly=True,
        samesite="strict",
    )


def credentials(request: HTTPConnection, settings: Settings) -> Credentials:
    """What this request shows; the database says what it opens. Verified once, since a signature takes its time."""
    shown: Credentials | None = getattr(request.state, "credentials", None)
    if shown is None:
        shown = request.state.credentials = _shown(request, settings)
    return shown


def _shown(request: HTTPConnection, settings: Settings) -> Credentials:
    scheme, _, key = _authorization(request).partition(" ")
    if scheme:
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise Problem("unauthenticated", "Authorization is 'Bearer' and a key.")
        if settings.api.jwt is not None and not key.startswith(KEY_PREFIX):
            verified = jwt.verifier(settings.api.jwt).verify(key)
            if verified is not None:
                return Credentials(issuer=settings.api.jwt.issuer, subject=verified.subject, until=verified.until)
        # What is neither a key nor a good token is looked for as well, so that it is refused in the same words.
        return Credentials(key=hash_token(key))
    token = session_token(request, settings)
    if token:
        return Credentials(session=hash_token(token))
    raise Problem("unauthenticated", "Send Authorization: Bearer with an API key, or sign in.")


def _authorization(request: HTTPConnection) -> str:
    return request.headers.get("authorization", "").strip()


def by_cookie(request: HTTPConnection) -> bool:
    """Whether a browser may have signed this by itself, for a page that we know nothing of."""
    return not _authorization(request)


def check_origin(request: HTTPConnection, settings: Settings) -> None:
    """Under the cookie every unsafe call comes from one of our own pages, and says so."""
    if request.scope.get("method", "GET") not in SAFE_METHODS and by_cookie(request):
        require_origin(request, settings)


def require_origin(request: HTTPConnection, settings: Settings) -> None:
    if request.headers.get("origin") not in settings.api.origins:
        raise Problem("origin-refused", "This call was sent by a page of another origin.")
