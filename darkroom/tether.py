"""Run a module as a program that ends with whoever started it: `python -m darkroom.tether MODULE [ARGUMENT…]`.

Standard input is a pipe whose other end only the parent holds. However the parent ends, kill -9 included, the kernel
closes that end, and this process notices. Unlike Linux's parent-death signal it works on every system.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

# From the request to end until the end: a child that is stuck must not outlive its parent for ever.
GRACE_SECONDS = 15.0


def main() -> None:
    # A thread, because the program's own loop may be stuck; a daemon, because the program may end first.
    threading.Thread(target=_end_with_parent, name="tether", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    # Not sys.stdin, whose lock the interpreter would want when it shuts down.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
