"""The API's settings: what follows from what, and what is refused at start by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from darkroom.api_settings import Address, ApiSettings, ApiSettingsError, read_api_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECRET = "hunter2" * 5
SIGN_IN = {"DARKROOM_JWT_ISSUER": "https://id.example", "DARKROOM_JWT_AUDIENCE": "darkroom"}

WRONG: dict[str, Mapping[str, str]] = {
    "DARKROOM_PUBLIC_URL": {"DARKROOM_PUBLIC_URL": "https://darkroom.example/hunter2"},
    "DARKROOM_API_LISTEN": {"DARKROOM_API_LISTEN": "hunter2"},
    "DARKROOM_METRICS_LISTEN": {"DARKROOM_METRICS_LISTEN": "127.0.0.1:hunter2"},
    "DARKROOM_ALLOWED_ORIGINS": {"DARKROOM_ALLOWED_ORIGINS": "https://a.example, hunter2"},
    "DARKROOM_ALLOWED_HOSTS": {"DARKROOM_ALLOWED_HOSTS": "https://hunter2"},
    "DARKROOM_TRUSTED_PROXIES": {"DARKROOM_TRUSTED_PROXIES": "10.0.0.0/8, hunter2"},
    "DARKROOM_API_CONNECTIONS": {"DARKROOM_API_CONNECTIONS": "0"},
    "DARKROOM_RATE_LIMIT": {"DARKROOM_RATE_LIMIT": "hunter2"},
    "DARKROOM_RATE_BURST": {"DARKROOM_RATE_BURST": "0"},
    "DARKROOM_JWT_SECRET": SIGN_IN | {"DARKROOM_JWT_SECRET": "hunter2"},
    "DARKROOM_JWT_JWKS": SIGN_IN | {"DARKROOM_JWT_JWKS": "/nowhere"},
    "DARKROOM_JWT_ISSUER": {"DARKROOM_JWT_SECRET": SECRET, "DARKROOM_JWT_AUDIENCE": "darkroom"},
    "DARKROOM_JWT_AUDIENCE": {"DARKROOM_JWT_SECRET": SECRET, "DARKROOM_JWT_ISSUER": "https://id.example"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named_and_its_value_kept_to_ourselves(name: str) -> None:
    with pytest.raises(ApiSettingsError, match=name) as raised:
        read_api_settings(WRONG[name])

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("both", [{"DARKROOM_JWT_SECRET": SECRET, "DARKROOM_JWT_JWKS": "/dev/null"}, {}])
def test_tokens_are_verified_in_one_way(both: dict[str, str]) -> None:
    with pytest.raises(ApiSettingsError, match="one of"):
        read_api_settings(SIGN_IN | both)


def test_tokens_of_another_sign_in_are_taken_with_a_secret_or_with_keys(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("{}")

    shared = read_api_settings(SIGN_IN | {"DARKROOM_JWT_SECRET": SECRET}).jwt
    public = read_api_settings(SIGN_IN | {"DARKROOM_JWT_JWKS": str(keys)}).jwt

    assert shared is not None
    assert (shared.secret, shared.jwks) == (SECRET, None)
    assert public is not None
    assert (public.secret, public.jwks) == (None, keys)
    assert SECRET not in repr(shared)


def test_the_public_url_follows_the_address_unless_it_is_given() -> None:
    settings = read_api_settings({"DARKROOM_API_LISTEN": "0.0.0.0:0"}).listening_at(4711)

    assert settings.public_url == "http://127.0.0.1:4711"
    assert not settings.https
    given = read_api_settings({"DARKROOM_PUBLIC_URL": "HTTPS://Darkroom.Example:443/"})
    assert given.listening_at(1).public_url == "https://darkroom.example"
    assert given.https
    assert read_api_settings({"DARKROOM_API_LISTEN": "[::1]:8470"}).public_url == "http://[::1]:8470"


def test_a_page_of_ours_is_ours_under_each_name_of_the_loopback_address() -> None:
    ours = ApiSettings().origins

    assert ours == {"http://127.0.0.1:8470", "http://localhost:8470", "http://[::1]:8470"}
    public = read_api_settings(
        {"DARKROOM_PUBLIC_URL": "https://darkroom.example", "DARKROOM_ALLOWED_ORIGINS": "https://Shop.example:8443,"}
    )
    assert public.origins == {"https://darkroom.example", "https://shop.example:8443"}


def test_hosts_are_the_public_one_the_chosen_ones_and_the_loopback_names() -> None:
    hosts = read_api_settings(
        {
            "DARKROOM_PUBLIC_URL": "https://darkroom.example",
            "DARKROOM_API_LISTEN": "10.1.2.3:80",
            "DARKROOM_ALLOWED_HOSTS": "API.internal, [fd00::7]",
        }
    ).hosts

    assert hosts == {"localhost", "127.0.0.1", "::1", "darkroom.example", "10.1.2.3", "api.internal", "fd00::7"}
    assert "0.0.0.0" not in read_api_settings({"DARKROOM_API_LISTEN": "0.0.0.0:8470"}).hosts  # noqa: S104


def test_metrics_have_an_address_of_their_own_or_none() -> None:
    assert read_api_settings({}).metrics_listen == Address("127.0.0.1", 8471)
    assert read_api_settings({"DARKROOM_METRICS_LISTEN": "off"}).metrics_listen is None
    assert read_api_settings({"DARKROOM_METRICS_LISTEN": "[::1]:0"}).metrics_listen == Address("::1", 0)
