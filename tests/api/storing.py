"""What lies in the storage behind an API process, and images in it: as a worker puts them there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from darkroom.objects import image_key, thumbnail_key
from tests.api.making import asked, claimed, read
from tests.sql.engine import rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection


def folder_of(api: Api) -> Path:
    return api.log.parent / "objects"


def stored(api: Api) -> set[str]:
    """The keys of all objects."""
    folder = folder_of(api)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def put(api: Api, key: str, content: bytes) -> None:
    path = folder_of(api) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def drawn(
    api: Api, user: User, db: Connection, contents: list[bytes], thumbnail: bytes | None = None, **request: Any
) -> dict[str, Any]:
    """A finished generation whose images are these, each with the thumbnail."""
    generation = asked(user, **{"quantity": len(contents)} | request)
    done = []
    for job, content in zip(
        sorted(claimed(db, {job["id"] for job in generation["jobs"]}), key=lambda job: int(job["job_id"])),
        contents,
        strict=True,
    ):
        key = image_key(job["job_id"], job["lease_no"], "png")
        put(api, key, content)
        result = {
            "object_key": key,
            "content_type": "image/png",
            "width": 96,
            "height": 64,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        if thumbnail is not None:
            result["thumbnail_key"] = thumbnail_key(key, "webp")
            put(api, str(result["thumbnail_key"]), thumbnail)
        done.append({"job_id": job["job_id"], "lease_no": job["lease_no"], "result": result})
    answers = rows(db, "select * from darkroom.complete_jobs(%s)", Jsonb(done))
    assert {answer["answer"] for answer in answers} == {"accepted"}
    return read(user, generation)


def drawn_image(api: Api, user: User, db: Connection, content: bytes, **options: Any) -> dict[str, Any]:
    """A single image with this content."""
    image: dict[str, Any] = drawn(api, user, db, [content], **options)["images"][0]
    return image
