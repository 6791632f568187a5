"""The first start leaves a user to try things with, and a key that only the instance's owner can read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from darkroom.first_start import ensure_demo_user
from tests.sql.engine import balance, invariants, new_user, rows, value

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from tests.conftest import Connection


def opens(db: Connection, path: Path) -> UUID | None:
    """Whose the key in the file is."""
    digest = hashlib.sha256(path.read_text().strip().encode()).digest()
    found = rows(db, "select user_id from darkroom.user_for_key(%s)", digest)
    return found[0]["user_id"] if found else None


def test_a_user_with_credits_and_a_key_that_opens_it(db: Connection, tmp_path: Path) -> None:
    path = ensure_demo_user(db, tmp_path, shared=False)

    assert path == tmp_path / "demo.key"
    assert path.stat().st_mode & 0o777 == 0o600
    demo = opens(db, path)
    assert demo == value(db, "select id from darkroom.users where name = 'demo'")
    assert balance(db, demo) == 1000
    assert [file.name for file in tmp_path.iterdir()] == ["demo.key"]
    invariants(db)


def test_later_starts_leave_it_alone(db: Connection, tmp_path: Path) -> None:
    path = ensure_demo_user(db, tmp_path, shared=False)
    assert path is not None
    key = path.read_text()

    assert ensure_demo_user(db, tmp_path, shared=False) == path

    assert path.read_text() == key
    assert value(db, "select count(*) from darkroom.api_keys") == 1
    assert value(db, "select sum(credits) from darkroom.users") == 1000


def test_a_lost_file_is_made_anew_with_another_key(db: Connection, tmp_path: Path) -> None:
    path = ensure_demo_user(db, tmp_path, shared=False)
    assert path is not None
    lost = path.read_text()
    path.unlink()

    assert ensure_demo_user(db, tmp_path, shared=False) == path

    assert path.read_text() != lost
    assert opens(db, path) == value(db, "select id from darkroom.users")
    assert value(db, "select sum(credits) from darkroom.users") == 1000


def test_the_key_of_another_database_is_replaced(db: Connection, tmp_path: Path) -> None:
    path = tmp_path / "demo.key"
    path.write_text("dk_of_a_database_that_is_gone\n")

    ensure_demo_user(db, tmp_path, shared=False)

    assert opens(db, path) is not None
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_instance_of_ones_own_gets_it_beside_other_users(db: Connection, tmp_path: Path) -> None:
    new_user(db, "ann")

    assert ensure_demo_user(db, tmp_path, shared=False) is not None


@pytest.mark.parametrize("others", [0, 1])
def test_a_shared_database_gets_it_only_while_nobody_is_there(db: Connection, tmp_path: Path, others: int) -> None:
    for _ in range(others):
        new_user(db, "ann")

    path = ensure_demo_user(db, tmp_path, shared=True)

    assert (path is not None) == (others == 0)
    assert value(db, "select count(*) from darkroom.users where name = 'demo'") == 1 - others
    assert len(list(tmp_path.iterdir())) == 1 - others


def test_who_was_locked_out_is_given_no_key(db: Connection, tmp_path: Path) -> None:
    path = ensure_demo_user(db, tmp_path, shared=False)
    assert path is not None
    path.unlink()
    db.execute("select darkroom.disable_user(id) from darkroom.users")

    assert ensure_demo_user(db, tmp_path, shared=False) is None

    assert not path.exists()


def test_without_a_place_for_the_key_nothing_is_made(db: Connection, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ensure_demo_user(db, tmp_path / "gone", shared=False)

    assert value(db, "select count(*) from darkroom.users") == 0
