"""The units of deploy/systemd: systemd finds nothing wrong with them, and little that a broken-into service could do.

systemd-analyze looks at files and needs no running systemd. Where it is missing, as on macOS, the tests say so.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from darkroom.cli import commands
from darkroom.cli.programs import worker_command
from darkroom.settings import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

UNITS = Path(__file__).resolve().parent.parent / "deploy" / "systemd"
NAMES_OF_UNITS = ["darkroom-api.service", "darkroom-migrate.service", "darkroom-worker@.service"]
PROGRAM = "/opt/darkroom/.venv/bin/darkroom"
CREDENTIALS = "/etc/darkroom/credentials"
EXPOSURE_MAX = 25  # of 100, which systemd shows as 2.5
VERSION_MIN = 252


def settings(name: str) -> Iterator[tuple[str, str]]:
    for line in (UNITS / name).read_text().splitlines():
        key, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            yield key, value


def setting(name: str, key: str) -> list[str]:
    return [value for found, value in settings(name) if found == key]


@pytest.fixture
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("the units are NOT checked: systemd-analyze is not on this machine (apt-get install systemd)")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.split()[1]) < VERSION_MIN:
        pytest.skip(
            f"the units are NOT checked: they need systemd {VERSION_MIN}, and here is {version.splitlines()[0]}"
        )
    return program


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A copy whose program exists, since systemd-analyze looks for it."""
    for name in NAMES_OF_UNITS:
        (tmp_path / name).write_text((UNITS / name).read_text().replace(PROGRAM, "/bin/sh"))
    return tmp_path


def verify(analyze: str, units: Path) -> subprocess.CompletedProcess[str]:
    command = [analyze, "verify", "--recursive-errors=yes", *(str(units / name) for name in NAMES_OF_UNITS)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def exposure(analyze: str, unit: Path) -> subprocess.CompletedProcess[str]:
    command = [analyze, "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager", str(unit)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_these_are_all() -> None:
    assert sorted(path.name for path in UNITS.iterdir()) == NAMES_OF_UNITS


def test_systemd_finds_nothing_wrong(analyze: str, units: Path) -> None:
    done = verify(analyze, units)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_would_find_a_misspelt_setting(analyze: str, units: Path) -> None:
    with (units / NAMES_OF_UNITS[0]).open("a") as unit:
        unit.write("\n[Service]\nProtectHoome=yes\n")

    done = verify(analyze, units)

    assert done.returncode != 0
    assert "ProtectHoome" in done.stderr


@pytest.mark.parametrize("name", NAMES_OF_UNITS)
def test_a_broken_into_service_can_do_little(analyze: str, units: Path, name: str) -> None:
    done = exposure(analyze, units / name)

    assert done.returncode == 0, done.stdout


def test_without_its_sandbox_it_could_do_a_lot(analyze: str, units: Path) -> None:
    (units / "bare.service").write_text("[Service]\nExecStart=/bin/sh\nUser=darkroom\n")

    assert exposure(analyze, units / "bare.service").returncode != 0


def test_the_sandbox_is_the_same_for_all() -> None:
    sandboxes = {
        (UNITS / name).read_text().partition("# What it may do")[2].partition("[Install]")[0].strip()
        for name in NAMES_OF_UNITS
    }

    assert len(sandboxes) == 1
    assert "ProtectSystem=strict" in sandboxes.pop()


@pytest.mark.parametrize("name", NAMES_OF_UNITS)
def test_each_starts_a_command_that_there_is(name: str) -> None:
    (line,) = setting(name, "ExecStart")
    assert line.startswith(PROGRAM + " ")

    assert line.removeprefix(PROGRAM).strip() == re.split(r"[-@.]", name)[1]
    assert f"darkroom{line.removeprefix(PROGRAM)}" in {path for path, _ in commands()} | {"darkroom api"}


@pytest.mark.parametrize("name", NAMES_OF_UNITS)
def test_secrets_are_credentials_named_like_their_settings(name: str) -> None:
    loaded = dict(value.split(":") for value in setting(name, "LoadCredential"))

    assert loaded == {name: f"{CREDENTIALS}/{name}" for name in loaded}
    assert "DATABASE_URL" in loaded
    assert set(loaded) <= set(NAMES)
    # What may be missing is empty then, which means unset; the database's URL is no such thing.
    assert setting(name, "SetCredential") == [f"{name}:\\n" for name in loaded if name != "DATABASE_URL"]
    assert set(loaded).isdisjoint(value.partition("=")[0] for value in setting(name, "Environment"))


def test_a_worker_is_given_the_time_to_drain_and_to_say_that_it_lives() -> None:
    (drain,) = (option.default for option in worker_command.params if option.name == "drain")
    name = "darkroom-worker@.service"

    assert isinstance(drain, int | float)
    assert int(setting(name, "TimeoutStopSec")[0]) >= drain + 20
    assert int(setting(name, "WatchdogSec")[0]) >= 20
    assert setting(name, "Type") == ["notify"]
