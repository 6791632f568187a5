"""Settings are checked at start, and a wrong one is named with what it should be."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from darkroom.postgres import Listen, default_data_folder
from darkroom.settings import SettingsError, read_settings
from darkroom.storage_url import FolderUrl

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY, OTHER_KEY = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2))
URL = "postgresql://app:hunter2@db.example:5432/darkroom"

WRONG: dict[str, tuple[Mapping[str, str], str]] = {
    "a misspelt name": ({"DARKROOM_DATE": "/x"}, "DARKROOM_DATE"),
    "no connection string": ({"DATABASE_URL": "nonsense hunter2"}, "DATABASE_URL"),
    "a port that is no number": ({"DATABASE_URL": "postgresql://a:hunter2@h:port/x"}, "DATABASE_URL"),
    "no database": ({"DATABASE_URL": "postgresql://app:hunter2@db.example"}, "dbname"),
    "a direct url alone": ({"DATABASE_DIRECT_URL": URL}, "DATABASE_URL"),
    "a short key": ({"DARKROOM_SECRET_KEYS": f"{KEY},hunter2"}, "key 2"),
    "a key that is not base64": ({"DARKROOM_SECRET_KEYS": "!hunter2!"}, "key 1"),
    "a key twice": ({"DARKROOM_SECRET_KEYS": f"{KEY},{KEY}"}, "twice"),
    "tcp without a password": ({"DARKROOM_POSTGRES_PORT": "5433"}, "DARKROOM_POSTGRES_PASSWORD"),
    "tcp with a short password": (
        {"DARKROOM_POSTGRES_PORT": "5433", "DARKROOM_POSTGRES_PASSWORD": "hunter2"},
        "12 characters",
    ),
    "a password without tcp": ({"DARKROOM_POSTGRES_PASSWORD": "hunter2hunter2"}, "DARKROOM_POSTGRES_PORT"),
    "a port out of range": (
        {"DARKROOM_POSTGRES_PORT": "65536", "DARKROOM_POSTGRES_PASSWORD": "hunter2hunter2"},
        "1 to 65535",
    ),
    "no storage": ({"DARKROOM_STORAGE_URL": "hunter2"}, "DARKROOM_STORAGE_URL"),
    "a local host that is a url": ({"DARKROOM_LOCAL_HOSTS": "localhost,http://hunter2"}, "entry 2"),
    "a local host with a wrong port": ({"DARKROOM_LOCAL_HOSTS": "localhost:70000"}, "entry 1"),
    "a provider's url without a scheme": ({"DARKROOM_OPENAI_URL": "hunter2.example/v1"}, "DARKROOM_OPENAI_URL"),
    "a provider's url with a login": ({"DARKROOM_FAL_URL": "https://me:hunter2@queue.example"}, "DARKROOM_FAL_URL"),
    "a provider's url with a query": ({"DARKROOM_FAL_URL": "https://queue.example/?key=hunter2"}, "DARKROOM_FAL_URL"),
    "a provider's url with a wrong port": (
        {"DARKROOM_REPLICATE_URL": "https://hunter2:99999"},
        "DARKROOM_REPLICATE_URL",
    ),
    "a provider at a foreign host without https": (
        {"DARKROOM_OPENROUTER_URL": "http://hunter2:8000/v1", "DARKROOM_LOCAL_HOSTS": "hunter2:8001,other"},
        "DARKROOM_LOCAL_HOSTS",
    ),
    "a switch that is no switch": ({"DARKROOM_SKETCH_DIRECTIVES": "hunter2"}, "DARKROOM_SKETCH_DIRECTIVES"),
    "binaries that are not there": ({"DARKROOM_POSTGRES_BIN": "/nowhere"}, "/nowhere"),
}


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings({})

    assert settings.database_url is None
    assert settings.data == default_data_folder()
    assert settings.secret_keys == ()
    assert settings.postgres_listen is None
    assert settings.local_hosts == ()
    assert not settings.sketch_directives
    assert settings.storage == FolderUrl(default_data_folder() / "objects")


def test_what_is_set_is_read() -> None:
    settings = read_settings(
        {
            "DATABASE_URL": URL,
            "DATABASE_DIRECT_URL": "host=/run/db dbname=darkroom",
            "DARKROOM_DATA": "relative",
            "DARKROOM_SECRET_KEYS": f" {KEY}, {OTHER_KEY}",
            "DARKROOM_POSTGRES_PORT": "5433",
            "DARKROOM_POSTGRES_PASSWORD": "correct horse",
            "DARKROOM_STORAGE_URL": "file:///srv/pictures",
            "DARKROOM_LOCAL_HOSTS": "localhost, 10.0.0.7:8000,[::1]:9000 ,GPU.lan",
            "DARKROOM_SKETCH_DIRECTIVES": "1",
            "HOME": "/somewhere",
        }
    )

    assert (settings.database_url, settings.database_direct_url) == (URL, "host=/run/db dbname=darkroom")
    assert settings.data == Path.cwd() / "relative"
    assert settings.secret_keys == (KEY, OTHER_KEY)
    assert settings.postgres_listen == Listen(5433, "correct horse")
    assert settings.local_hosts == ("localhost", "10.0.0.7:8000", "[::1]:9000", "gpu.lan")
    assert settings.sketch_directives
    assert settings.storage == FolderUrl(Path("/srv/pictures"))


def test_providers_may_be_asked_elsewhere_over_https_or_at_home() -> None:
    urls = read_settings(
        {
            "DARKROOM_LOCAL_HOSTS": "gpu.lan,[::1]:9000",
            "DARKROOM_REPLICATE_URL": "https://proxy.example/replicate/",
            "DARKROOM_OPENAI_URL": "http://GPU.lan:8000/v1",
            "DARKROOM_FAL_URL": "http://[::1]:9000",
        }
    ).provider_urls

    assert urls == {
        "replicate": "https://proxy.example/replicate",
        "openai": "http://GPU.lan:8000/v1",
        "fal": "http://[::1]:9000",
    }


def test_an_empty_value_means_unset() -> None:
    empty = {"DATABASE_URL": "", "DATABASE_DIRECT_URL": " ", "DARKROOM_SECRET_KEYS": ","}

    assert read_settings(empty) == read_settings({})


def test_the_command_line_goes_before_the_environment() -> None:
    assert read_settings({"DARKROOM_DATA": "/there"}, Path("/here")).data == Path("/here")


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_setting_is_named_and_its_value_kept_to_ourselves(what: str) -> None:
    environ, named = WRONG[what]

    with pytest.raises(SettingsError) as raised:
        read_settings(environ)

    assert named in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(
        read_settings(
            {
                "DATABASE_URL": URL,
                "DATABASE_DIRECT_URL": URL,
                "DARKROOM_SECRET_KEYS": KEY,
                "DARKROOM_POSTGRES_PORT": "5433",
                "DARKROOM_POSTGRES_PASSWORD": "hunter2hunter2",
                "DARKROOM_STORAGE_URL": "s3://key:hunter2@s3.example/bucket",
            }
        )
    )

    assert "hunter2" not in shown
    assert KEY not in shown


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    """A folder as systemd fills it for LoadCredential=: one file for each, with the line's end an editor leaves."""
    (tmp_path / "DATABASE_URL").write_text(f"{URL}\n")
    (tmp_path / "DARKROOM_SECRET_KEYS").write_text(KEY)
    (tmp_path / "somebody-elses").write_bytes(b"\xff")
    (tmp_path / "DATABASE_DIRECT_URL").write_text("\n")
    return tmp_path


def test_credentials_of_systemd_count_as_given(credentials: Path) -> None:
    environ = {"CREDENTIALS_DIRECTORY": str(credentials), "DATABASE_URL": "", "DARKROOM_DATA": "/there"}

    settings = read_settings(environ)

    assert (settings.database_url, settings.database_direct_url) == (URL, None)
    assert (settings.secret_keys, settings.data) == ((KEY,), Path("/there"))


def test_a_setting_given_twice_is_refused(credentials: Path) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: given by the environment and as a credential") as raised:
        read_settings({"CREDENTIALS_DIRECTORY": str(credentials), "DATABASE_URL": URL})
    assert "hunter2" not in str(raised.value)


def test_a_misspelt_credential_is_named_like_a_misspelt_setting(credentials: Path) -> None:
    (credentials / "DARKROOM_SECRET_KEY").write_text(KEY)

    with pytest.raises(SettingsError, match="unknown settings: DARKROOM_SECRET_KEY;"):
        read_settings({"CREDENTIALS_DIRECTORY": str(credentials)})


def test_credentials_that_cannot_be_read_are_named_and_those_of_another_service_ignored(credentials: Path) -> None:
    (credentials / "DATABASE_URL").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=str(credentials)):
        read_settings({"CREDENTIALS_DIRECTORY": str(credentials)})

    assert read_settings({"CREDENTIALS_DIRECTORY": str(credentials / "gone")}) == read_settings({})
