"""Tokens of a product's own sign-in: verified here, so that its users need no key of ours.

Which algorithm is taken follows from what it is verified with, never from the token: HS256 with a shared secret, and
with a public key the one that goes with it. A token must say who made it, for whom, about whom and until when.
"""

from __future__ import annotations

import functools
import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from pathlib import Path

    from darkroom.api_settings import JwtSettings

LEEWAY_SECONDS = 30
CHARACTERS_MAX = 8192
SUBJECT_CHARACTERS_MAX = 255
DATES_END = 253_402_300_800  # the year 10000
LOOK_AGAIN_SECONDS = 5.0
PUBLIC_KEYS = frozenset({"RSA", "EC", "OKP"})
log = logging.getLogger("darkroom.api.jwt")


@dataclass(frozen=True)
class Verified:
    """Whom a good token is about, and until when (in seconds since 1970). Calls are let in for a little longer, since
    clocks differ; what goes on, such as a socket, ends then."""

    subject: str
    until: float


class Verifier:
    """Answers whom a token is about, or None for every token that is not good, whatever is wrong with it."""

    def __init__(self, settings: JwtSettings) -> None:
        self.settings = settings
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._read_at = float("-inf")
        self._read: tuple[int, int] | None = None

    def verify(self, token: str) -> Verified | None:
        if len(token) > CHARACTERS_MAX:
            return None
        try:
            key, algorithms = self._key(jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=algorithms,
                issuer=self.settings.issuer,
                audience=self.settings.audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError):
            return None
        subject, expires = claims["sub"], claims["exp"]
        named = isinstance(subject, str) and 0 < len(subject) <= SUBJECT_CHARACTERS_MAX and subject.isprintable()
        # PyJWT takes a number in quotes as well; and one far beyond any date would be a token without an end.
        ends = isinstance(expires, int | float) and expires < DATES_END
        return Verified(subject, float(expires)) if named and ends else None

    def _key(self, kid: Any) -> tuple[Any, list[str]]:
        if self.settings.secret is not None:
            return self.settings.secret, ["HS256"]
        assert self.settings.jwks is not None  # noqa: S101 - the settings have one or the other
        self._look(self.settings.jwks)
        key = self._keys.get(kid) if kid is not None or len(self._keys) != 1 else next(iter(self._keys.values()))
        if key is None:
            raise ValueError("no such key")
        return key, [key.algorithm_name]

    def _look(self, file: Path) -> None:
        """Read the keys, and again when the file has changed. One that cannot be read leaves the keys there were."""
        now = time.monotonic()
        if now - self._read_at < LOOK_AGAIN_SECONDS:
            return
        self._read_at = now
        try:
            stat = file.stat()
            if self._read == (stat.st_mtime_ns, stat.st_size):
                return
            self._keys = read_keys(file)
            self._read = (stat.st_mtime_ns, stat.st_size)
        except (OSError, ValueError) as error:
            log.warning("the file of public keys cannot be used, so the keys of before stay: %s", type(error).__name__)


def read_keys(file: Path) -> dict[str | None, jwt.PyJWK]:
    """The public keys of a JSON Web Key Set that signatures can be verified with; ValueError if there are none."""
    try:
        listed = json.loads(file.read_text())["keys"]
        keys = [
            jwt.PyJWK.from_dict(each)
            for each in listed
            if each.get("kty") in PUBLIC_KEYS and each.get("use", "sig") == "sig"
        ]
    except (jwt.PyJWTError, KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError("it is no JSON Web Key Set") from error
    if not keys:
        raise ValueError("it holds no public key that signatures can be verified with")
    return {key.key_id: key for key in keys}


@functools.lru_cache(maxsize=4)
def verifier(settings: JwtSettings) -> Verifier:
    return Verifier(settings)
