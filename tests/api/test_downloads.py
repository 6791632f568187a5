"""Many images in one file that any program opens, as long as was promised, whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from tests.api.pictures import GOOD, new_picture
from tests.api.storing import drawn, folder_of
from tests.sql.engine import rows
from tests.support import wait_until

if TYPE_CHECKING:
    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

pytestmark = pytest.mark.usefixtures("documented")
Object = dict[str, Any]


def put_together(user: User, **chosen: Any) -> Object:
    made: Object = user.post("/downloads", chosen, 201)
    return made


def fetched(user: User, made: Object) -> tuple[httpx.Response, zipfile.ZipFile]:
    answer = user.http.get(made["url"])
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["content-length"])
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return answer, archive


def test_a_download_holds_the_pictures_as_they_are(api: Api, ann: User, admin_db: Connection) -> None:
    contents = [new_picture(1000 * size) for size in (1, 20, 700)]
    generation = drawn(api, ann, admin_db, contents, prompt="a cat / at dawn 森")

    made = put_together(ann, generation_ids=[generation["id"]])
    answer, archive = fetched(ann, made)

    assert made["files"] == 3
    assert made["bytes"] == len(answer.content)
    assert made["url"] == f"/v1/downloads/{made['id']}"
    names = [f"{number} a cat at dawn 森.png" for number in (1, 2, 3)]
    assert archive.namelist() == names
    assert [archive.read(name) for name in names] == contents
    assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    assert {entry.date_time[:3] for entry in archive.infolist()} == {
        tuple(int(part) for part in image["created_at"][:10].split("-")) for image in generation["images"]
    }


def test_it_is_a_file_to_be_saved(api: Api, ann: User, admin_db: Connection) -> None:
    generation = drawn(api, ann, admin_db, [GOOD])

    answer, _ = fetched(ann, put_together(ann, generation_ids=[generation["id"]]))

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="Darkroom.zip"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers.get("content-encoding") is None


def test_programs_of_others_open_it(api: Api, ann: User, admin_db: Connection, tmp_path: Path) -> None:
    contents = [new_picture(1000), new_picture(300_000)]
    generation = drawn(api, ann, admin_db, contents, prompt="ein Kätzchen")
    made = put_together(ann, generation_ids=[generation["id"]])
    file = tmp_path / "d.zip"
    file.write_bytes(ann.http.get(made["url"]).content)
    for program in (["unzip", "-q", "d.zip", "-d", "unzip"], ["bsdtar", "-xf", "d.zip"], ["7z", "x", "-o7z", "d.zip"]):
        try:
            ran = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            continue
        assert ran.returncode == 0, ran.stderr
    subprocess.run([sys.executable, "-m", "zipfile", "-e", "d.zip", "python"], cwd=tmp_path, check=True)

    found: dict[str, set[tuple[str, str]]] = {path.parent.name: set() for path in tmp_path.rglob("*.png")}
    for path in tmp_path.rglob("*.png"):
        found[path.parent.name].add((path.name, hashlib.sha256(path.read_bytes()).hexdigest()))
    wanted = {
        (f"{number} ein Kätzchen.png", hashlib.sha256(content).hexdigest())
        for number, content in enumerate(contents, 1)
    }
    assert found
    assert all(each == wanted for each in found.values()), found


def test_a_batch_gives_the_file_its_name(api: Api, ann: User, admin_db: Connection) -> None:
    batch = ann.post("/batches", {"name": "Herbst / 2026", "items": [{"prompt": "a leaf"}]}, 202)["batch"]
    assert ann.post("/downloads", {"batch_id": batch["id"]}, 409)["type"] == "/problems/no-image"
    drawn(api, ann, admin_db, [GOOD])  # which works the batch off on the way, without objects

    made = put_together(ann, batch_id=batch["id"])
    head = ann.http.head(made["url"])

    assert made["files"] == 1
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(made["bytes"]))
    assert head.headers["content-disposition"] == 'attachment; filename="Herbst 2026.zip"'


def test_images_are_chosen_in_each_way(api: Api, ann: User, admin_db: Connection) -> None:
    first, second = drawn(api, ann, admin_db, [GOOD, GOOD]), drawn(api, ann, admin_db, [GOOD])
    ids = [image["id"] for image in first["images"]]

    assert put_together(ann, image_ids=ids[:1])["files"] == 1
    assert put_together(ann, image_ids=ids, generation_ids=[second["id"]])["files"] == 3
    assert put_together(ann, card_ids=[second["card_id"]])["files"] == 1


@pytest.mark.parametrize(
    ("chosen", "pointer"),
    [
        ({"image_ids": "all"}, "/image_ids"),
        ({"image_ids": ["no-id"]}, "/image_ids/0"),
        ({"batch_id": 5}, "/batch_id"),
        ({"ids": []}, "/ids"),
        ({"card_ids": [str(uuid4())] * 1001}, "/card_ids"),
    ],
    ids=["text", "no id", "number", "unknown", "many"],
)
def test_bad_choices_are_named(ann: User, chosen: Object, pointer: str) -> None:
    problem = ann.post("/downloads", chosen, 422)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_others_pictures_are_unknown(api: Api, ann: User, bob: User, admin_db: Connection) -> None:
    generation = drawn(api, ann, admin_db, [GOOD])
    made = put_together(ann, generation_ids=[generation["id"]])
    image = generation["images"][0]["id"]
    for chosen in (
        {"image_ids": [image]},
        {"generation_ids": [generation["id"]]},
        {"card_ids": [generation["card_id"]]},
    ):
        (field,) = chosen
        his, unknown = (bob.post("/downloads", each, 404) for each in (chosen, {field: [str(uuid4())]}))
        assert his | {"instance": ""} == unknown | {"instance": ""}
    his, unknown = (bob.get(f"/downloads/{each}", 404) for each in (made["id"], uuid4()))
    assert his | {"instance": ""} == unknown | {"instance": ""}
    assert httpx.get(f"{api.url}{made['url']}").status_code == 401


def test_what_is_purged_is_left_out_before_it_begins(api: Api, ann: User, admin_db: Connection) -> None:
    contents = [new_picture(), new_picture()]
    generation = drawn(api, ann, admin_db, contents, prompt="a cat")
    made = put_together(ann, generation_ids=[generation["id"]])
    first = generation["images"][0]["id"]
    ann.call("DELETE", f"/images/{first}", 200)
    assert len(fetched(ann, made)[1].namelist()) == 2
    ann.call("DELETE", f"/trash/image/{first}", 200)

    _, archive = fetched(ann, made)

    assert archive.namelist() == ["2 a cat.png"]
    assert archive.read("2 a cat.png") == contents[1]


def test_what_vanishes_meanwhile_is_replaced_by_a_note(api: Api, ann: User, admin_db: Connection) -> None:
    """The length was promised, and the other pictures are worth having."""
    contents = [new_picture(200_000), new_picture(), new_picture(9000)]
    generation = drawn(api, ann, admin_db, contents, prompt="a cat")
    made = put_together(ann, generation_ids=[generation["id"]])
    (lost,) = rows(admin_db, "select object_key from darkroom.images where id = %s", generation["images"][0]["id"])
    (folder_of(api) / lost["object_key"]).unlink()

    _, archive = fetched(ann, made)

    assert archive.namelist() == ["1 a cat.txt", "2 a cat.png", "3 a cat.png"]
    note = archive.read("1 a cat.txt")
    assert note.startswith(b"This picture was deleted while the download was under way.")
    assert len(note) == len(contents[0])
    assert [archive.read(name) for name in archive.namelist()[1:]] == contents[1:]


@pytest.mark.parametrize("change", [b"more", b""], ids=["longer", "shorter"])
def test_what_is_not_as_long_as_it_was_ends_the_download(
    api: Api, ann: User, admin_db: Connection, change: bytes
) -> None:
    """Nobody is to take half a picture for a whole one."""
    content = new_picture()
    generation = drawn(api, ann, admin_db, [content])
    made = put_together(ann, generation_ids=[generation["id"]])
    (row,) = rows(admin_db, "select object_key from darkroom.images where generation_id = %s", generation["id"])
    (folder_of(api) / row["object_key"]).write_bytes(content + change if change else content[:-1])

    with pytest.raises(httpx.RemoteProtocolError):
        ann.http.get(made["url"])

    wait_until(lambda: "StorageError" in api.log.read_text(), "the log to tell of it")
    assert ann.get("/me")


def test_a_download_is_bounded_in_memory(api: Api, ann: User, admin_db: Connection) -> None:
    content = new_picture(40_000_000)
    generation = drawn(api, ann, admin_db, [content] * 6)
    made = put_together(ann, generation_ids=[generation["id"]])
    assert made["bytes"] > 240_000_000
    assert len(ann.http.get(f"/v1/images/{generation['images'][0]['id']}/file").content) == len(content)
    before, taken, checksum = memory_of(api), 0, hashlib.sha256()

    with httpx.stream("GET", f"{api.url}{made['url']}", headers=ann.http.headers) as answer:
        for piece in answer.iter_raw():
            taken += len(piece)
            checksum.update(piece)

    assert taken == made["bytes"]
    assert memory_of(api) - before < 30_000_000


def memory_of(api: Api) -> int:
    """The most that the process ever held."""
    lines = Path(f"/proc/{api.process.pid}/status").read_text().splitlines()
    (peak,) = [line for line in lines if line.startswith("VmHWM")]
    return int(peak.split()[1]) * 1024


def test_whoever_leaves_ends_the_reading(api: Api, ann: User, admin_db: Connection) -> None:
    generation = drawn(api, ann, admin_db, [new_picture(40_000_000)] * 4)
    made = put_together(ann, generation_ids=[generation["id"]])
    log = len(api.log.read_text())

    with httpx.stream("GET", f"{api.url}{made['url']}", headers=ann.http.headers) as answer:
        next(answer.iter_raw())

    wait_until(lambda: '"/v1/downloads/{id}"' in api.log.read_text()[log:], "the request to be over", 5)
    assert '"level":"error"' not in api.log.read_text()[log:]


def test_a_repetition_is_answered_as_the_first(api: Api, ann: User, admin_db: Connection) -> None:
    generation = drawn(api, ann, admin_db, [GOOD])
    request, headers = {"generation_ids": [generation["id"]]}, {"Idempotency-Key": "all of it"}

    first, again = (ann.http.post("/v1/downloads", json=request, headers=headers) for _ in range(2))

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert first.headers["location"] == first.json()["url"]
