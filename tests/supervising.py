"""A supervisor as a process: `python -m tests.supervising FOLDER MANNER…`. Tests start it, watch it, and kill it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from darkroom.supervisor import Patience, Program, Supervisor


async def main(folder: str, *manners: str) -> None:
    # Impatient where the test is about that: a busy machine takes seconds to start a program, or to end one.
    patience = Patience(
        first_pause=0.05,
        longest_pause=0.4,
        steady=600.0,
        ready=1.0 if "mute" in manners else 600.0,
        stop=1.0 if "hurried" in manners else 600.0,
    )
    program = Program("program", "tests.supervised", (folder, *manners), environ=os.environ)
    supervisor = Supervisor((program,), say, patience)
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, supervisor.stop)
    await supervisor.run(lambda late: say("ready" if not late else f"without {', '.join(late)}"))
    say("stopped")


def say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
