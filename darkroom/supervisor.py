"""Keep programs running: start them again when they end, and leave none behind.

A program is a Python module in a process and a session of its own, so that a terminal's Ctrl-C reaches us alone. It is
tied to us by a pipe (darkroom.tether), and says that it is ready as it would to systemd (darkroom.service).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import secrets
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping

# Ours to set: a child that systemd's variables reached would report to systemd in our name.
_SYSTEMD = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


@dataclass(frozen=True)
class Patience:
    """How long is waited for what, in seconds."""

    first_pause: float = 0.5
    longest_pause: float = 30.0
    steady: float = 30.0  # who ran this long has not ended at its start
    ready: float = 10.0
    stop: float = 5.0  # from the request to end until the kill


@dataclass(frozen=True)
class Program:
    """A module to be run, and how."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass
class Supervisor:
    """The programs of one `darkroom up`. `say` is given a sentence whenever something happens."""

    programs: tuple[Program, ...]
    say: Callable[[str], None]
    patience: Patience = field(default_factory=Patience)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _ready: dict[str, asyncio.Event] = field(default_factory=dict)

    async def run(self, greet: Callable[[list[str]], None], beside: Iterable[Coroutine[Any, Any, None]] = ()) -> None:
        """Until `stop` is called. `greet` is called when all programs are ready, or have had the time to be: with
        the names of those that are not.

        What runs `beside` them ends with them.
        """
        with _leash() as leash:
            self._ready = {program.name: asyncio.Event() for program in self.programs}
            self._tasks = [asyncio.create_task(self._keep(program, leash)) for program in self.programs]
            self._tasks += [asyncio.create_task(work) for work in (self._greet(greet), *beside)]
            try:
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                self.stop()
                await asyncio.gather(*self._tasks, return_exceptions=True)
            for task in done:
                if not task.cancelled() and (error := task.exception()):
                    raise error

    def stop(self) -> None:
        """Ask all programs to end; called again, end them at once."""
        for task in self._tasks:
            task.cancel()

    async def _greet(self, greet: Callable[[list[str]], None]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.patience.ready):
                for event in self._ready.values():
                    await event.wait()
        greet([name for name, event in self._ready.items() if not event.is_set()])

    async def _keep(self, program: Program, leash: int) -> None:
        pauses = _pauses(self.patience)
        while True:
            begun = time.monotonic()
            try:
                async with _listening(self._ready[program.name]) as address:
                    cause = _cause(await self._run_once(program, leash, address))
            except OSError as error:  # no process, no memory, no room: that may pass
                cause = str(error)
            if time.monotonic() - begun >= self.patience.steady:
                pauses = _pauses(self.patience)
            deaths, pause = next(pauses)
            often = f", {deaths} times in a row" if deaths > 1 else ""
            self.say(f"The {program.name} has ended ({cause}{often}); it is started again in {pause:g} s.")
            await asyncio.sleep(pause)

    async def _run_once(self, program: Program, leash: int, address: str) -> int:
        environ = {name: value for name, value in program.environ.items() if name not in _SYSTEMD}
        # -P: what lies in the folder we happen to be in must not take the place of our own modules.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "darkroom.tether", program.module, *program.arguments),
            stdin=leash,
            env={**environ, "NOTIFY_SOCKET": address},
            start_new_session=True,
        )
        try:
            return await process.wait()
        except asyncio.CancelledError:
            await self._end(program, process)
            raise
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def _end(self, program: Program, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self.patience.stop)
        except TimeoutError:
            self.say(f"The {program.name} does not end within {self.patience.stop:g} s, so it is killed.")


def _pauses(patience: Patience) -> Iterator[tuple[int, float]]:
    """How often it has ended in a row, and how long to wait: twice as long each time."""
    deaths, pause = 1, patience.first_pause
    while True:
        yield deaths, pause
        deaths, pause = deaths + 1, min(2 * pause, patience.longest_pause)


def _cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


@contextlib.contextmanager
def _leash() -> Iterator[int]:
    """The end of a pipe for children to read; it stays open as long as we live, and nothing is ever written."""
    theirs, ours = os.pipe()
    try:
        yield theirs
    finally:
        os.close(theirs)
        os.close(ours)


@contextlib.asynccontextmanager
async def _listening(ready: asyncio.Event) -> AsyncIterator[str]:
    """Where a program says READY=1, as it would to systemd."""
    loop = asyncio.get_running_loop()
    with _address() as address, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.setblocking(False)
        receiver.bind(address.replace("@", "\0", 1))

        def read() -> None:
            with contextlib.suppress(BlockingIOError):
                if b"READY=1" in receiver.recv(4096).split(b"\n"):
                    ready.set()

        loop.add_reader(receiver, read)
        try:
            yield address
        finally:
            loop.remove_reader(receiver)


@contextlib.contextmanager
def _address() -> Iterator[str]:
    """A name for a socket: where Linux has names that need no file, none is left behind by a kill -9."""
    if platform.system() == "Linux":
        yield f"@darkroom-up-{secrets.token_hex(16)}"
        return
    # Not below the data folder: the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="darkroom-up-", dir="/tmp") as folder:
        yield f"{folder}/notify"
