"""A line per event, whatever is in it, and nothing of what an error stumbled over."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from worker.log import Line, event

if TYPE_CHECKING:
    import pytest

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
