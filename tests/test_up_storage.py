"""`darkroom up` makes the place for pictures, and says so when it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.s3_server import KEY, SECRET, s3_server
from tests.servers import scratch_folder
from tests.test_up import Up

if TYPE_CHECKING:
    from pathlib import Path


def test_it_makes_the_bucket_or_says_why_it_cannot(tmp_path: Path) -> None:
    with scratch_folder() as data:
        with s3_server(tmp_path) as server:
            url = f"s3://{KEY}:{quote(SECRET, safe='')}@127.0.0.1:{server.port}/pictures?secure=false"
            up = Up(data, DARKROOM_STORAGE_URL=url)
            try:
                up.ready()
                assert (server.folder / "pictures").is_dir()
            finally:
                up.end()

        up = Up(data, DARKROOM_STORAGE_URL=url)
        up.hear(r"^darkroom: The storage at 127\.0\.0\.1:\d+ cannot be reached")
        assert up.process.wait(60) == 4
        up.end()
