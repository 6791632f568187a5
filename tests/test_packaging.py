"""A wheel carries the schema, so that an installed Darkroom migrates without a checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from darkroom.bundle import default_root, read_bundle

if TYPE_CHECKING:
    from pathlib import Path

SECONDS_MAX = 180


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=default_root(), check=True, timeout=SECONDS_MAX, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_an_installed_wheel_has_the_same_schema_as_the_checkout(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    question = (
        "from darkroom.bundle import default_root, read_bundle; print(default_root(), read_bundle(default_root()).hash)"
    )

    answer = subprocess.run(
        [sys.executable, "-c", question], cwd=tmp_path, check=True, timeout=SECONDS_MAX, capture_output=True, text=True
    )

    root, digest = answer.stdout.split()
    assert root == str((tmp_path / "darkroom" / "bundled").resolve())
    assert digest == read_bundle(default_root()).hash


def test_tests_and_benchmarks_stay_at_home(wheel: zipfile.ZipFile) -> None:
    folders = {name.split("/")[0] for name in wheel.namelist()}

    assert {name for name in folders if not name.endswith(".dist-info")} == {"darkroom", "api", "worker"}
