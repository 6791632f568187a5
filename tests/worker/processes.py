"""Real worker processes: `python -m worker` on the test's database, with a folder for objects and providers to call."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from darkroom.secrets import SecretBox
from tests.cli import KEY, environment
from tests.sql.engine import value
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Connection

ROOT = Path(__file__).resolve().parent.parent.parent
END_SECONDS_MAX = 60.0
# One model for each provider whose calls have a name to be remembered by, and one whose calls have none.
MODELS = {"replicate": "replicate/flux", "fal": "fal/flux", "openai": "openai/image"}
OF_PROVIDER = {"replicate": "black-forest-labs/flux-2-flex", "fal": "fal-ai/flux/dev", "openai": "gpt-image-1.5"}


@dataclass
class Process:
    popen: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def says(self, words: str) -> bool:
        return words in self.log

    def signal(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait(END_SECONDS_MAX)

    def end(self) -> int:
        """SIGTERM, and its exit code."""
        self.popen.terminate()
        return self.popen.wait(END_SECONDS_MAX)


@dataclass
class Crew:
    """Workers of one database, and where they put what they make."""

    database: str
    folder: Path
    settings: dict[str, str]
    workers: list[Process] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def start(self, *options: object, **settings: str) -> Process:
        number = next(self._numbers)
        log_file = self.folder / f"worker-{number}.log"
        given = {
            "DATABASE_URL": self.database,
            "DARKROOM_STORAGE_URL": f"file://{self.objects}",
            "DARKROOM_SECRET_KEYS": KEY,
            **self.settings,
            **settings,
        }
        with log_file.open("wb") as log:
            popen = subprocess.Popen(
                [sys.executable, "-m", "darkroom.tether", "worker", *map(str, options)],
                cwd=ROOT,
                env=environment(**given),
                stdin=subprocess.PIPE,
                stderr=log,
            )
        process = Process(popen, log_file)
        self.workers.append(process)
        wait_until(lambda: process.says("worker is ready") or popen.poll() is not None, "the worker to be ready")
        assert popen.poll() is None, process.log
        return process

    @property
    def objects(self) -> Path:
        return self.folder / "objects"

    def kept(self) -> set[str]:
        """The keys of all objects there are."""
        return {path.relative_to(self.objects).as_posix() for path in self.objects.rglob("*.*") if path.is_file()}

    def logs(self) -> str:
        return "".join(worker.log for worker in self.workers)


@contextlib.contextmanager
def crew(database: str, folder: Path, **settings: str) -> Iterator[Crew]:
    found = Crew(database, folder, settings)
    found.objects.mkdir(parents=True)
    try:
        yield found
    finally:
        for worker in found.workers:
            if worker.popen.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.popen.pid, signal.SIGCONT)
                worker.kill()
            if worker.popen.stdin is not None:
                worker.popen.stdin.close()


def add_model(db: Connection, provider: str, **more: Any) -> str:
    """A model of this provider, for one credit; its id."""
    said = {"provider": provider, "provider_model": OF_PROVIDER[provider], "credits_per_call": 1, **more}
    db.execute("select darkroom.set_model(%s, %s)", (MODELS[provider], Jsonb(said)))
    return MODELS[provider]


def add_key(db: Connection, provider: str, secret: str, calls: int = 1) -> Any:
    """A provider token with a real encrypted secret; its id."""
    sealed = SecretBox((KEY,)).encrypt(provider, secret)
    return value(db, "select id from darkroom.add_provider_token(%s, %s, %s, %s)", provider, "", sealed, calls)
