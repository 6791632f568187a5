"""Provider secrets are encrypted and bound to their provider; API keys are random and only recognised."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from darkroom.secrets import KEYS_FILE, SecretBox, SecretError, new_api_key, new_secret_key, open_box
from darkroom.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "sk-or-v1-0123456789abcdef"


def test_what_was_encrypted_is_decrypted_and_hides_the_secret() -> None:
    box = SecretBox((new_secret_key(),))

    once, again = box.encrypt("openrouter", SECRET), box.encrypt("openrouter", SECRET)

    assert box.decrypt("openrouter", once) == box.decrypt("openrouter", again) == SECRET
    assert once != again  # or equal secrets could be seen to be equal
    assert SECRET not in once
    assert base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("=") not in once


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old, new = new_secret_key(), new_secret_key()
    stored = SecretBox((old,)).encrypt("openrouter", SECRET)

    both = SecretBox((new, old))

    assert both.decrypt("openrouter", stored) == SECRET
    assert not both.is_current(stored)
    assert SecretBox((new,)).decrypt("openrouter", both.encrypt("openrouter", SECRET)) == SECRET


def test_another_key_another_provider_and_a_changed_byte_are_refused_without_the_secret() -> None:
    box = SecretBox((new_secret_key(),))
    stored = box.encrypt("openrouter", SECRET)
    changed = stored[:-2] + ("AA" if stored[-2:] != "AA" else "BB")
    attempts = [
        (SecretBox((new_secret_key(),)), "openrouter", stored, "DARKROOM_SECRET_KEYS"),
        (box, "replicate", stored, "moved"),
        (box, "openrouter", changed, "changed"),
        (box, "openrouter", stored[:24], "changed"),
        (box, "openrouter", SECRET, "unknown form"),
    ]
    for opener, provider, text, reason in attempts:
        with pytest.raises(SecretError, match=reason) as refusal:
            opener.decrypt(provider, text)
        assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("secret", ["", "two words", "line\nbreak", "tab\t", "schlüssel", "x" * 10_001])
def test_what_cannot_be_a_providers_key_is_refused(secret: str) -> None:
    with pytest.raises(SecretError) as refusal:
        SecretBox((new_secret_key(),)).encrypt("openrouter", secret)
    assert not secret or secret not in str(refusal.value)


def test_nothing_that_is_printed_by_accident_shows_a_key() -> None:
    key, secret_key = new_api_key(), new_secret_key()

    assert key.text not in repr(key)
    assert secret_key not in repr(SecretBox((secret_key,)))


def test_api_keys_are_32_random_bytes_stored_as_a_hash() -> None:
    keys = [new_api_key() for _ in range(100)]

    assert len({key.text for key in keys}) == 100
    for key in keys:
        assert key.text.startswith("dk_")
        assert len(base64.urlsafe_b64decode(key.text[3:] + "=")) == 32
        assert key.sha256 == hashlib.sha256(key.text.encode()).digest()
        assert key.text.endswith(key.last_four)


def test_an_embedded_instance_makes_its_key_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    with pytest.raises(SecretError, match="DARKROOM_SECRET_KEYS"):
        open_box(settings)

    with ThreadPoolExecutor(8) as threads:
        stored = list(threads.map(lambda _: open_box(settings, create=True).encrypt("fal", SECRET), range(16)))

    assert [path.name for path in tmp_path.iterdir()] == [KEYS_FILE]
    assert (tmp_path / KEYS_FILE).stat().st_mode & 0o777 == 0o600
    box = open_box(settings)
    assert {box.decrypt("fal", text) for text in stored} == {SECRET}


def test_moving_to_the_environment_keeps_the_files_keys_behind_it(tmp_path: Path) -> None:
    stored = open_box(Settings(data=tmp_path), create=True).encrypt("fal", SECRET)

    box = open_box(Settings(data=tmp_path, secret_keys=(new_secret_key(),)))

    assert box.decrypt("fal", stored) == SECRET
    assert not box.is_current(stored)


def test_a_keys_file_that_others_may_read_or_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    file = tmp_path / KEYS_FILE
    for content, mode, reason in [
        (new_secret_key(), 0o644, "chmod 600"),
        ("", 0o600, "empty"),
        ("c2hvcnQ=", 0o600, "key 1"),
    ]:
        file.write_text(content)
        file.chmod(mode)
        with pytest.raises(SecretError, match=reason):
            open_box(settings, create=True)
        assert file.read_text() == content


def test_a_database_of_ones_own_needs_the_setting(tmp_path: Path) -> None:
    settings = Settings(database_url="host=db dbname=darkroom", data=tmp_path)

    with pytest.raises(SecretError, match="new-secret-key"):
        open_box(settings, create=True)
    assert list(tmp_path.iterdir()) == []
