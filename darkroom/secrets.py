"""What must not be read by others: API keys, which are only recognised, and providers' secrets, which are encrypted.

A provider's secret is stored as `v1:<id of the key>:<base64url of nonce and AES-256-GCM ciphertext>`, bound to its
provider: moved to another provider's token, it does not decrypt. Nothing here ever puts a secret or a key into a
message.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from darkroom.settings import SettingsError, read_secret_keys

if TYPE_CHECKING:
    from pathlib import Path

    from darkroom.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
SECRET_CHARACTERS_MAX = 10_000
KEYS_FILE = "secret.keys"
_STORED = re.compile(r"v1:(?P<key>[A-Za-z0-9_-]{1,64}):(?P<sealed>[A-Za-z0-9_-]+)")


class SecretError(Exception):
    """A secret cannot be encrypted or decrypted; the message says what to do, and never repeats it."""


@dataclass(frozen=True)
class ApiKey:
    """A new key: `text` is shown once, the rest is stored."""

    text: str = field(repr=False)
    sha256: bytes = field(repr=False)
    last_four: str


def new_api_key() -> ApiKey:
    text = "dk_" + secrets.token_urlsafe(KEY_BYTES)
    return ApiKey(text, hash_token(text), text[-4:])


def hash_token(text: str) -> bytes:
    """What is stored of a key or of a session's token. They are random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(text.encode()).digest()


def new_secret_key() -> str:
    """A key for DARKROOM_SECRET_KEYS."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


class SecretBox:
    """Encrypts with the first of its keys and decrypts with any of them."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        if not keys:
            raise SecretError("there is no key to encrypt secrets with: set DARKROOM_SECRET_KEYS")
        raw = [base64.urlsafe_b64decode(key) for key in keys]
        self._ciphers = {_key_id(key): AESGCM(key) for key in raw}
        self._first = _key_id(raw[0])
        self._raw = raw

    def __repr__(self) -> str:
        return f"SecretBox({', '.join(self._ciphers)})"

    def encrypt(self, provider: str, secret: str) -> str:
        check_secret(secret)
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._ciphers[self._first].encrypt(nonce, secret.encode(), _bound_to(provider))
        return f"v1:{self._first}:{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def decrypt(self, provider: str, stored: str) -> str:
        parts = _STORED.fullmatch(stored)
        if parts is None:
            raise SecretError("the stored secret has an unknown form: add the token again")
        cipher = self._ciphers.get(parts["key"])
        if cipher is None:
            raise SecretError(
                f"the secret was encrypted with key {parts['key']}, which is not in DARKROOM_SECRET_KEYS: put that key"
                " back at the end of the list, or add the token again"
            )
        try:
            sealed = base64.urlsafe_b64decode(parts["sealed"] + "=" * (-len(parts["sealed"]) % 4))
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound_to(provider)).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise SecretError("the stored secret was changed or moved: add the token again") from None

    @property
    def key_ids(self) -> tuple[str, ...]:
        """In the order of the keys. An id says which key it is, and nothing of it."""
        return tuple(self._ciphers)

    def key_id(self, stored: str) -> str | None:
        """Of the key that it was encrypted with."""
        parts = _STORED.fullmatch(stored)
        return parts and parts["key"]

    def derive(self, purpose: str, text: str) -> list[str]:
        """Tokens that only who has these keys can make: of the same words always the same, the first key's first."""
        made = [hmac.digest(key, f"darkroom {purpose}\0{text}".encode(), "sha256") for key in self._raw]
        return [base64.urlsafe_b64encode(each).decode().rstrip("=") for each in made]

    def is_current(self, stored: str) -> bool:
        """Whether it is encrypted with the first key already."""
        return self.key_id(stored) == self._first


def check_secret(secret: str) -> None:
    """A provider's key goes into a header, so it is one printable word."""
    if not secret:
        raise SecretError("the secret is empty")
    if len(secret) > SECRET_CHARACTERS_MAX:
        raise SecretError(f"the secret is longer than {SECRET_CHARACTERS_MAX} characters")
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise SecretError("the secret holds spaces, line breaks or other characters that no provider's key has")


def open_box(settings: Settings, *, create: bool = False) -> SecretBox:
    """The box of DARKROOM_SECRET_KEYS; an embedded instance has a key of its own in its data folder as well.

    With `create`, an embedded instance without any key is given one. The file's keys stay valid behind those of the
    environment, so that moving to the latter loses nothing.
    """
    keys = settings.secret_keys
    if settings.database_url is None:
        path = settings.data / KEYS_FILE
        kept = _read_keys(path)
        if not keys and not kept and create:
            kept = _create_keys(path)
        keys += tuple(key for key in kept if key not in keys)
    if not keys:
        raise SecretError(
            "there is no key to encrypt secrets with: make one with `darkroom new-secret-key` and set"
            " DARKROOM_SECRET_KEYS to it, for every process that uses this database"
        )
    return SecretBox(keys)


def _read_keys(path: Path) -> tuple[str, ...]:
    try:
        if path.stat().st_mode & 0o077:
            raise SecretError(
                f"others may read {path}: run chmod 600 on it, and change the providers' keys if they did"
            )
        text = path.read_text()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SecretError(f"{path} cannot be read: {error.strerror}") from None
    try:
        keys = read_secret_keys(",".join(text.split()), name=str(path))
    except SettingsError as error:
        raise SecretError(str(error)) from None
    if not keys:
        raise SecretError(f"{path} is empty: put the keys back, or delete it and add all tokens again")
    return keys


def _create_keys(path: Path) -> tuple[str, ...]:
    # Written aside and then linked: whoever reads it, reads a whole key, and of two makers the first one wins.
    handle, scratch = tempfile.mkstemp(prefix=f"{KEYS_FILE}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(new_secret_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(scratch, path)
    finally:
        os.unlink(scratch)  # noqa: PTH108
    return _read_keys(path)


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"darkroom secret key\0" + key).hexdigest()[:12]


def _bound_to(provider: str) -> bytes:
    return b"darkroom provider token\0" + provider.encode()
