"""A worker as a test wants it: it claims as any worker does and stores real pictures, but when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
from typing import TYPE_CHECKING, Any

import psycopg
from PIL import Image
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from darkroom.objects import image_key, open_objects
from darkroom.settings import Settings
from tests.sql.engine import claim, fail, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Connection

SIZE = (96, 64)


class Painter:
    """Works on a database and stores in the data folder `data`. Prompts with "fail" in them, it fails for good."""

    def __init__(self, conninfo: str, data: Path) -> None:
        self.db: Connection = psycopg.connect(conninfo, autocommit=True, row_factory=dict_row)
        self._settings = Settings(data=data)

    def close(self) -> None:
        self.db.close()

    def claim(self, limit: int = 100) -> list[dict[str, Any]]:
        return claim(self.db, limit, worker="painter")

    def finish(self, job: dict[str, Any]) -> None:
        if "fail" in job["payload"]["prompt"]:
            assert fail(self.db, job, "moderated") == "accepted"
            return
        result = {"caption": "A caption #words"} if job["kind"] == "caption" else self._paint(job)
        done = [{"job_id": job["job_id"], "lease_no": job["lease_no"], "result": result}]
        (answer,) = rows(self.db, "select * from darkroom.complete_jobs(%s)", Jsonb(done))
        assert answer["answer"] == "accepted"

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Meanwhile it does whatever comes."""
        stopped = threading.Event()

        def work() -> None:
            while not stopped.wait(0.02):
                for job in self.claim():
                    self.finish(job)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def _paint(self, job: dict[str, Any]) -> dict[str, Any]:
        content = picture(job["job_id"])
        key = image_key(job["job_id"], job["lease_no"], "png")

        async def put() -> None:
            async with open_objects(self._settings) as objects:
                await objects.put(key, content, "image/png")

        asyncio.run(put())
        return {
            "object_key": key,
            "content_type": "image/png",
            "width": SIZE[0],
            "height": SIZE[1],
            "bytes": len(content),
            "duration_ms": 1200,
        }


def picture(number: int) -> bytes:
    """A small PNG like no other number's."""
    file = io.BytesIO()
    Image.new("RGB", SIZE, (number % 256, number // 256 % 256, 77)).save(file, "PNG")
    return file.getvalue()
