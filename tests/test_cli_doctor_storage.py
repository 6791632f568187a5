"""`darkroom doctor` keeps, reads and deletes an object where pictures are kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.cli import KEY, Cli
from tests.s3_server import KEY as S3_KEY
from tests.s3_server import SECRET, s3_server
from tests.servers import scratch_folder
from tests.test_objects import tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def data() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


def examine(database: str, code: int | None = None, **settings: str) -> dict[str, Any]:
    done = Cli(database, None, DARKROOM_SECRET_KEYS=KEY, **settings).run("doctor", "--json", "--quick")
    assert code in {None, done.returncode}, done.stdout
    assert SECRET not in done.stdout
    assert quote(SECRET, safe="") not in done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def told(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(f["level"], f["message"] + " " + f["hint"]) for f in report["findings"] if f["finding"] == "storage"]


def test_a_folder_is_tried_and_left_as_it_was(shared_database: str, tmp_path: Path) -> None:
    report = examine(shared_database, DARKROOM_STORAGE_URL=tmp_path.as_uri())

    assert report["storage_url"] == f"file://{tmp_path}"
    assert report["checks"]["storage"] is True
    assert told(report) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_problem_and_not_made(shared_database: str, tmp_path: Path) -> None:
    folder = tmp_path / "unmounted"

    report = examine(shared_database, 1, DARKROOM_STORAGE_URL=folder.as_uri())

    assert report["checks"]["storage"] is False
    ((level, said),) = told(report)
    assert level == "problem"
    assert "mount its disk" in said
    assert not folder.exists()


def test_a_folder_of_one_machine_beside_a_database_for_many_is_pointed_out(shared_database: str, data: Path) -> None:
    report = examine(shared_database, DARKROOM_DATA=str(data))

    assert report["checks"]["storage"] is True
    ((level, said),) = told(report)
    assert level == "warning"
    assert "DARKROOM_STORAGE_URL" in said
    assert list(data.iterdir()) == []


def test_an_embedded_instance_keeps_them_in_its_folder(data: Path) -> None:
    cli = Cli(data=data)
    cli.json("user", "create", "ann")

    report = cli.json("doctor")

    assert report["storage_url"] == f"file://{data}/objects"
    assert report["checks"]["storage"] is True
    assert told(report) == []


def test_a_bucket_is_tried_with_the_key_that_was_given(shared_database: str, tmp_path: Path) -> None:
    with s3_server(tmp_path) as server:
        tell(server.place("pictures"), lambda objects: objects.ensure())
        url = f"s3://{S3_KEY}:{quote(SECRET, safe='')}@127.0.0.1:{server.port}/pictures?secure=false"

        report = examine(shared_database, DARKROOM_STORAGE_URL=url)
        assert report["storage_url"] == f"s3://{S3_KEY}:***@127.0.0.1:{server.port}/pictures"
        assert report["checks"]["storage"] is True
        assert list((server.folder / "pictures").iterdir()) == []

        ((_, said),) = told(examine(shared_database, 1, DARKROOM_STORAGE_URL=url.replace(S3_KEY, "nobody")))
        assert "Check key, secret and region" in said
        ((_, said),) = told(examine(shared_database, 1, DARKROOM_STORAGE_URL=url.replace("pictures", "nothing")))
        assert 'no bucket "nothing". Make it' in said

    ((_, said),) = told(examine(shared_database, 1, DARKROOM_STORAGE_URL=url))
    assert "cannot be reached" in said
