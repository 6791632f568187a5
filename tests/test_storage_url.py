"""DARKROOM_STORAGE_URL says where objects are kept; a wrong one is explained, and its secret kept to ourselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from darkroom.storage_url import FolderUrl, S3Url, parse_storage_url

RIGHT = {
    "file:///srv/pictures": FolderUrl(Path("/srv/pictures")),
    "FILE:///srv/my%20pictures": FolderUrl(Path("/srv/my pictures")),
    "s3://AK:hunter2@s3.example/pictures": S3Url("s3.example", "pictures", "AK", "hunter2"),
    "s3://A%2FK:hun%2Fter%2B2+%40@s3.example:9000/pictures/": S3Url(
        "s3.example:9000", "pictures", "A/K", "hun/ter+2+@"
    ),
    "s3://AK:hunter2@[::1]:9000/pictures?secure=false&region=garage&path_style=true": S3Url(
        "[::1]:9000", "pictures", "AK", "hunter2", secure=False, region="garage", path_style=True
    ),
    "s3://AK:hunter2@s3.example/my.pictures?secure=true&region=&path_style=false&ca=": S3Url(
        "s3.example", "my.pictures", "AK", "hunter2", path_style=False
    ),
}
WRONG = {
    "hunter2": "file:///absolute/path",
    "/srv/pictures": "file:///absolute/path",
    "https://AK:hunter2@s3.example/pictures": "s3://key:secret@host:port/bucket",
    "file://srv/pictures": "absolute",
    "file:///srv/pictures?mode=hunter2": "%3F",
    "file:///srv/%00": "path",
    "s3://s3.example/pictures": "secret",
    "s3://AK@s3.example/pictures": "secret",
    "s3://AK:@s3.example/pictures": "secret",
    "s3://AK:hunter2/slash@s3.example/pictures": "%2F",
    "s3://AK:1/hunter2@s3.example/pictures": "%2F",
    "s3://AK:hunter2#@s3.example/pictures": "%2F",
    "s3://AK:hunter2[@s3.example/pictures": "URL",
    "s3://AK:hunter2%0a@s3.example/pictures": "characters",
    "s3://AK:hunter2@/pictures": "host",
    "s3://AK:hunter2@s3.example:0/pictures": "host",
    "s3://AK:hunter2@s3.example:port/pictures": "URL",
    "s3://AK:hunter2@s3.example": "bucket",
    "s3://AK:hunter2@s3.example/Pictures": "bucket",
    "s3://AK:hunter2@s3.example/pictures/below": "bucket",
    "s3://AK:hunter2@s3.example/pic..tures": "bucket",
    "s3://AK:hunter2@s3.example/10.0.0.1": "bucket",
    "s3://AK:hunter2@s3.example/pictures?secured=false": "unknown options: secured",
    "s3://AK:hunter2@s3.example/pictures?secure=no": "secure",
    "s3://AK:hunter2@s3.example/pictures?secure=true&secure=false": "twice",
    "s3://AK:hunter2@s3.example/pictures?region=-": "region",
    "s3://AK:hunter2@s3.example/pictures?ca=ca.pem": "absolute",
    "s3://AK:hunter2@s3.example/pictures?ca=/nowhere/ca.pem": "/nowhere/ca.pem",
    f"s3://AK:hunter2@s3.example/pictures?ca={__file__}": "PEM",
    "s3://AK:hunter2@s3.example/pictures?secure=false&ca=/ca.pem": "secure=false",
}


@pytest.mark.parametrize("text", RIGHT)
def test_a_place_is_read(text: str) -> None:
    place = parse_storage_url(text)

    assert place == RIGHT[text]
    assert "hun" not in repr(place) + str(place)


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_one_is_explained_without_its_secret(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(WRONG[text])) as raised:
        parse_storage_url(text)

    assert "hunter2" not in str(raised.value)


def test_people_see_where_it_leads(tmp_path: Path) -> None:
    assert str(parse_storage_url((tmp_path / "a b").as_uri())) == f"file://{tmp_path}/a%20b"
    assert str(parse_storage_url("s3://AK:hunter2@s3.example:1/pictures")) == "s3://AK:***@s3.example:1/pictures"
