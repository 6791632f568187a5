"""Every query in docs/reporting.md runs as it stands there, as the login it speaks of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sql.reporting import make_history, report_login
from tests.sql.test_report import VIEWS

if TYPE_CHECKING:
    from tests.conftest import Connection

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reporting.md").read_text()
QUERIES = dict(re.findall(r"^## ([^\n]+)\n\n```sql\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL))
# The ids of the page, in the order batch, user, collection.
EXAMPLES = [f"01999999-0000-7000-8000-00000000000{number}" for number in (1, 2, 3)]


def test_the_page_has_queries() -> None:
    assert len(QUERIES) == PAGE.count("```sql") >= 8


@pytest.mark.parametrize("title", QUERIES)
def test_a_query_of_the_page_finds_something(title: str, admin: Connection, database: str, db: Connection) -> None:
    history = make_history(db)
    query = QUERIES[title]
    for example, real in zip(EXAMPLES, (history.batch, history.user, history.collection), strict=True):
        query = query.replace(example, str(real))

    with report_login(admin, database) as report:
        assert report.execute(query.encode()).fetchall()


def test_the_page_names_every_view() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(VIEWS)
