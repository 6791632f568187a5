"""The console script, which is `python -m darkroom` by another name."""

from __future__ import annotations

import sys

EXIT_INTERRUPTED = 130


def main() -> None:
    """What takes time to import is imported in here, so that Ctrl-C ends that as quietly as anything else."""
    try:
        from darkroom.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
