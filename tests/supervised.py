"""A program for a supervisor in tests: `python -m tests.supervised FOLDER MANNER…`.

It leaves its pid in a file of the folder, so that a test can find it, and then behaves as told.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from darkroom.service import notify

FOREVER_SECONDS = 600.0


def main(folder: str, *manners: str) -> None:
    if "stubborn" in manners:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    mark = Path(folder) / f"{time.monotonic_ns()}.pid"
    mark.with_suffix(".new").write_text(str(os.getpid()))
    mark.with_suffix(".new").rename(mark)
    if "mute" not in manners:
        notify("READY=1")
    if "dies" in manners:
        sys.exit(3)
    time.sleep(FOREVER_SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
