"""`darkroom sweep` finds what nothing names, however much there is, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from darkroom.objects import image_key, thumbnail_key, upload_key
from tests.cli import COMMAND, Cli, environment
from tests.s3_server import KEY, SECRET, s3_server
from tests.sql.engine import act_as, call, claim, create, new_user, result_for, row

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Connection

DAY = 24 * 3600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "objects"
    folder.mkdir()
    return folder


@pytest.fixture
def cli(database: str, folder: Path) -> Cli:
    return Cli(database, DARKROOM_STORAGE_URL=folder.as_uri())


def put(folder: Path, key: str, age: float = 2 * DAY, content: bytes = b"picture") -> str:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)
    return key


def there(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def named(db: Connection, folder: Path) -> set[str]:
    """An object for each kind of row that names one."""
    ann = new_user(db)
    create(db, ann)
    (job,) = claim(db)
    key = image_key(job["job_id"], job["lease_no"], "png")
    keys = {key, thumbnail_key(key, "webp")}
    result = result_for(job) | {"object_key": key, "thumbnail_key": thumbnail_key(key, "webp")}
    call(db, "complete_job", job["job_id"], job["lease_no"], result)
    act_as(db, ann)
    upload = upload_key("png")
    call(db, "create_upload", {"object_key": upload, "content_type": "image/png", "bytes": 9, "width": 3, "height": 3,
                               "sha256": "ab" * 32})  # fmt: skip
    keys.add(upload)
    gone = create(db, ann)
    (job,) = claim(db)
    lost = image_key(job["job_id"], job["lease_no"], "png")
    call(
        db,
        "complete_job",
        job["job_id"],
        job["lease_no"],
        result_for(job) | {"object_key": lost, "thumbnail_key": None},
    )
    for step in ("trash", "purge"):
        call(db, step, "generation", gone["id"])
    assert row(db, "select object_key from darkroom.object_deletions")["object_key"] == lost
    keys.add(lost)
    return {put(folder, each) for each in keys}


def test_what_nothing_names_is_listed_and_left(cli: Cli, db: Connection, folder: Path) -> None:
    keys = named(db, folder)
    orphans = {
        put(folder, key) for key in ("images/0/1-1-aa.png", "uploads/ff.webp", "probe-00", image_key(10**9, 1, "png"))
    }
    young = {put(folder, "images/0/2-1-aa.png", age=DAY - 600), put(folder, "uploads/new.png", age=0)}
    foreign = {put(folder, "notes.txt"), put(folder, "backup/images/a.png"), put(folder, "imagesx/a.png")}

    told = cli.json("sweep")

    assert {each["key"] for each in told["objects"]} == orphans
    assert (told["count"], told["bytes"]) == (4, 4 * len(b"picture"))
    assert there(folder) == keys | orphans | young | foreign
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:[\d.]{6}Z", each["modified"]) for each in told["objects"])


def test_it_is_deleted_if_that_is_said(cli: Cli, db: Connection, folder: Path) -> None:
    keys = named(db, folder)
    orphans = {put(folder, f"images/7/{number}-1-aa.png") for number in range(1200)}

    told = cli.json("sweep", "--delete")

    assert {each["key"] for each in told["objects"]} == orphans
    assert all(each["deleted"] for each in told["objects"])
    assert (told["count"], told["deleted"], told["failed"]) == (1200, 1200, 0)
    assert there(folder) == keys
    assert cli.json("sweep", "--delete") == {"objects": [], "count": 0, "bytes": 0, "deleted": 0, "failed": 0}


def test_people_read_a_list(cli: Cli, db: Connection, folder: Path) -> None:
    named(db, folder)
    assert "has a name" in cli.run("sweep").stdout
    put(folder, "uploads/lost.png", content=bytes(1234))

    listed, deleted = cli.run("sweep"), cli.run("sweep", "--delete")

    line, summary = listed.stdout.splitlines()
    assert line.split()[0] == "1,234"
    assert line.endswith("uploads/lost.png")
    assert summary == "1 objects that nothing names, 1,234 bytes. --delete deletes them."
    assert deleted.stdout.splitlines()[1] == "1 of 1 objects deleted, 1,234 bytes in all."
    assert (listed.returncode, deleted.returncode) == (0, 0)


def test_with_a_database_that_names_nothing_nothing_is_deleted(cli: Cli, folder: Path) -> None:
    """Most likely it is another storage's."""
    orphan = put(folder, "uploads/lost.png")

    refused = cli.run("sweep", "--delete")

    assert refused.returncode == 3
    assert "names no object" in refused.stderr
    assert there(folder) == {orphan}
    assert cli.json("sweep")["count"] == 1


def test_many_take_no_more_memory_than_few(cli: Cli, db: Connection, folder: Path) -> None:
    named(db, folder)
    few = peak_kilobytes(cli)
    db.execute(
        "insert into darkroom.object_deletions (user_id, object_key) "
        "select u.id, format('images/9/%s.png', repeat('x', 60) || n) "
        "from darkroom.users as u, generate_series(1, 300000) as n"
    )
    for number in range(3000):
        put(folder, f"images/8/{number}-1-aa.png")

    assert peak_kilobytes(cli) - few < 20_000
    assert cli.json("sweep")["count"] == 3000


def peak_kilobytes(cli: Cli) -> int:
    """The most memory that a sweep held."""
    with subprocess.Popen([*COMMAND, "sweep"], env=environment(**cli.settings), stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss


def test_a_bucket_is_swept_as_well(database: str, db: Connection, tmp_path: Path) -> None:
    with s3_server(tmp_path) as server:
        bucket = server.folder / "pictures"
        bucket.mkdir()
        keys = named(db, bucket)
        orphans = {put(bucket, key) for key in ("images/0/1-1-aa.png", "uploads/ff.webp")}
        young = put(bucket, "uploads/new.png", age=0)
        secret = quote(SECRET, safe="")
        url = f"s3://{KEY}:{secret}@127.0.0.1:{server.port}/pictures?secure=false"

        told = Cli(database, DARKROOM_STORAGE_URL=url).json("sweep", "--delete")

        assert {each["key"] for each in told["objects"]} == orphans
        assert there(bucket) == keys | {young}
