"""A real S3 server for tests: rclone's, over a folder. It checks signatures, dates and ranges."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.storage_url import S3Url
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "test-key", "test/secret+of=S3"
_LISTENS = re.compile(r"Starting s3 server on \[https?://127\.0\.0\.1:(\d+)/\]")


@dataclass
class S3Server:
    """Its buckets are the folders in `folder`. It may be killed, and started again on its port."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    port: int = 0
    tls: tuple[Path, Path] | None = None  # certificate and key

    def place(self, bucket: str, **changes: object) -> S3Url:
        place = S3Url(f"127.0.0.1:{self.port}", bucket, KEY, SECRET, secure=self.tls is not None)
        return replace(place, **changes)  # type: ignore[arg-type]

    def start(self) -> None:
        log = self.folder.parent / "s3.log"
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [
                    *(_program(), "serve", "s3", "--addr", f"127.0.0.1:{self.port}", "--config", os.devnull),
                    *(("--cert", self.tls[0], "--key", self.tls[1]) if self.tls else ()),
                    *("--cache-dir", self.folder.parent / "cache", self.folder),
                ],
                env={**os.environ, "RCLONE_AUTH_KEY": f'"{KEY},{SECRET}"'},
                stdout=file,
                stderr=file,
            )
        wait_until(lambda: bool(_LISTENS.search(log.read_text())), f"rclone to listen: {log.read_text()}")
        found = _LISTENS.search(log.read_text())
        assert found
        self.port = int(found[1])

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextlib.contextmanager
def s3_server(scratch: Path, tls: tuple[Path, Path] | None = None) -> Iterator[S3Server]:
    folder = scratch / "buckets"
    folder.mkdir()
    server = S3Server(folder, tls=tls)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _program() -> str:
    beside = Path(sys.executable).with_name("rclone")  # installed with the other packages for tests
    return str(beside) if beside.exists() else shutil.which("rclone") or "rclone"
