"""A line per event, whatever is in it, and nothing of what an error stumbled over."""

from __future__ import annotations

import logging
import re
import subprocess
import sys

import pytest

from worker.log import Line, event

SECRET = "r8_Zx9cVb1N"


def test_facts_stand_behind_what_happened(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "worker")
    event("job completed", job=7, model="sketch/ink", words='two words, "one" \n line', empty="")
    event("not worth it", logging.DEBUG, job=7)
    line = Line().format(caplog.records[0])
    assert len(caplog.records) == 1
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info worker job completed job=7 model=sketch/ink"
        r' words="two words, \\"one\\" \\n line" empty=""',
        line,
    )


def stumble() -> None:
    try:
        dict[str, str]()[SECRET]
    except KeyError as error:
        raise RuntimeError(f"with {SECRET}") from error


def test_an_error_is_told_by_its_place_and_kind(caplog: pytest.LogCaptureFixture) -> None:
    try:
        stumble()
    except RuntimeError:
        logging.getLogger("worker.somewhere").exception("it failed\nand goes on")
    line = Line().format(caplog.records[0])
    assert SECRET not in line
    assert "\n" not in line
    assert " error worker.somewhere it failed and goes on exception=" in line
    for part in ("builtins.RuntimeError", "builtins.KeyError", "test_log.py", "while dealing with"):
        assert part in line


@pytest.mark.parametrize("program", ["worker", "api"])
def test_a_storage_that_is_away_leaves_no_keys_of_objects_in_the_log(program: str) -> None:
    # A process of its own, since loggers are set up once in each.
    code = f"""
import contextlib, logging, urllib3
from {program} import log
log.set_up("info")
with contextlib.suppress(urllib3.exceptions.MaxRetryError):
    urllib3.PoolManager(retries=2).request("GET", "http://127.0.0.1:1/{SECRET}")
logging.getLogger("{program}").warning("the end")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "the end" in run.stderr
    assert SECRET not in run.stderr
