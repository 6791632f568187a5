"""Sessions, links, tickets and subjects: what opens something, for how long, once or more often, and for whom."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest

from tests.sql.engine import move_clock, new_user, row, rows, value
from tests.sql.racing import unblocked
from tests.support import WAIT_SECONDS_MAX, backend_pid, wait_for_lock

if TYPE_CHECKING:
    from tests.conftest import Connect, Connection

DAY = 86_400
ISSUER = "https://id.example"


def sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture
def ann(db: Connection) -> UUID:
    return new_user(db)


@pytest.fixture
def key(db: Connection, ann: UUID) -> UUID:
    made: UUID = value(db, "select id from darkroom.create_api_key(%s, %s, 'abcd')", ann, sha256("key"))
    return made


def sign_in(db: Connection, **shown: Any) -> dict[str, Any]:
    arguments = ", ".join(f"p_{name} => %({name})s" for name in shown)
    found = db.execute(f"select * from darkroom.sign_in({arguments})".encode(), shown).fetchone()
    assert found is not None
    return found


def opens_nothing(db: Connection, query: str, *arguments: Any) -> tuple[str | None, str | None]:
    """What is said to whoever shows what opens nothing."""
    with pytest.raises(psycopg.Error) as refused:
        db.execute(query.encode(), arguments)
    assert refused.value.sqlstate == "DR401"
    return refused.value.diag.message_primary, refused.value.diag.message_hint


SIGN_IN = "select * from darkroom.sign_in(p_session => %s)"
CREATE = "select * from darkroom.create_session(%s, %s, %s)"
USE_LINK = "select * from darkroom.use_sign_in_link(%s, %s)"
USE_TICKET = "select * from darkroom.use_event_ticket(%s)"


def test_a_session_stands_for_its_user_and_its_key(db: Connection, ann: UUID, key: UUID) -> None:
    db.execute(CREATE.encode(), (sha256("key"), sha256("session"), None))

    assert sign_in(db, session=sha256("session")) == {"user_id": ann, "api_key_id": key, "operator": False}


@pytest.mark.parametrize("how", ["unknown", "expired", "revoked", "disabled", "signed out"])
def test_a_session_that_opens_nothing_does_not_say_why(db: Connection, ann: UUID, key: UUID, how: str) -> None:
    unknown = opens_nothing(db, SIGN_IN, sha256("nobody's"))
    db.execute(CREATE.encode(), (sha256("key"), sha256("session"), None))
    if how == "expired":
        move_clock(db, 14 * DAY + 1)
    elif how == "revoked":
        db.execute("select darkroom.revoke_api_key(%s)", (key,))
    elif how == "disabled":
        db.execute("select darkroom.disable_user(%s)", (ann,))
        db.execute("select darkroom.enable_user(%s)", (ann,))  # who comes back signs in anew
    elif how == "signed out":
        db.execute("select set_config('darkroom.user_id', %s, false)", (str(ann),))
        assert value(db, "select darkroom.end_session(%s) ->> 'ended'", sha256("session")) == "true"

    assert opens_nothing(db, SIGN_IN, sha256("session" if how != "unknown" else "another")) == unknown


@pytest.mark.usefixtures("key")
def test_a_session_lasts_while_it_is_used_but_not_for_ever(db: Connection) -> None:
    db.execute(CREATE.encode(), (sha256("key"), sha256("session"), None))
    for day in range(10, 90, 10):
        move_clock(db, day * DAY)
        sign_in(db, session=sha256("session"))
    move_clock(db, 90 * DAY - 60)
    sign_in(db, session=sha256("session"))

    move_clock(db, 90 * DAY + 60)
    opens_nothing(db, SIGN_IN, sha256("session"))


@pytest.mark.usefixtures("key")
def test_a_used_session_is_written_once_a_day(db: Connection) -> None:
    db.execute(CREATE.encode(), (sha256("key"), sha256("session"), None))
    version = "select xmin::text from darkroom.sessions"
    before = value(db, version)

    move_clock(db, DAY - 60)
    sign_in(db, session=sha256("session"))
    assert value(db, version) == before

    move_clock(db, DAY + 60)
    sign_in(db, session=sha256("session"))
    after = value(db, version)
    assert after != before
    sign_in(db, session=sha256("session"))
    assert value(db, version) == after


@pytest.mark.usefixtures("key")
def test_a_session_that_another_request_writes_is_not_waited_for(db: Connection, connect: Connect) -> None:
    db.execute(CREATE.encode(), (sha256("key"), sha256("session"), None))
    move_clock(db, 2 * DAY)
    other = connect(autocommit=False)
    other.execute("select from darkroom.sessions for update")

    sign_in(unblocked(db), session=sha256("session"))


@pytest.mark.usefixtures("key")
def test_a_new_session_ends_the_one_the_browser_had(db: Connection) -> None:
    db.execute(CREATE.encode(), (sha256("key"), sha256("first"), None))
    db.execute(CREATE.encode(), (sha256("key"), sha256("second"), sha256("first")))

    opens_nothing(db, SIGN_IN, sha256("first"))
    sign_in(db, session=sha256("second"))


@pytest.mark.usefixtures("key")
def test_a_user_has_a_hundred_sessions_at_most(db: Connection) -> None:
    for number in range(103):
        move_clock(db, number)
        db.execute(CREATE.encode(), (sha256("key"), sha256(f"session {number}"), None))

    assert value(db, "select count(*) from darkroom.sessions") == 100
    opens_nothing(db, SIGN_IN, sha256("session 2"))
    sign_in(db, session=sha256("session 3"))


def test_a_key_revoked_meanwhile_opens_no_session(db: Connection, connect: Connect, key: UUID) -> None:
    """Whoever signs in waits for the revocation, and looks again."""
    other, browser = connect(autocommit=False), connect()
    other.execute("select darkroom.revoke_api_key(%s)", (key,))
    with ThreadPoolExecutor(1) as pool:
        signing_in = pool.submit(browser.execute, CREATE.encode(), (sha256("key"), sha256("session"), None))
        wait_for_lock(db, backend_pid(browser))
        other.commit()
        with pytest.raises(psycopg.Error) as refused:
            signing_in.result(timeout=WAIT_SECONDS_MAX)

    assert refused.value.sqlstate == "DR401"
    assert rows(db, "select 1 from darkroom.sessions") == []


@pytest.mark.usefixtures("key")
def test_a_session_of_somebody_else_is_not_ended(db: Connection) -> None:
    db.execute(CREATE.encode(), (sha256("key"), sha256("session"), None))
    db.execute("select set_config('darkroom.user_id', %s, false)", (str(new_user(db, "bob")),))

    assert value(db, "select darkroom.end_session(%s) ->> 'ended'", sha256("session")) == "false"
    sign_in(db, session=sha256("session"))


@pytest.mark.usefixtures("key")
def test_a_sign_out_rings_for_the_sockets_of_that_session(db: Connection, connect: Connect, ann: UUID) -> None:
    listener = connect()
    listener.execute("listen darkroom_revocations")
    db.execute(CREATE.encode(), (sha256("key"), sha256("session"), None))
    db.execute("select set_config('darkroom.user_id', %s, false)", (str(ann),))
    db.execute("select darkroom.end_session(%s)", (sha256("session"),))

    heard = [notify.payload for notify in listener.notifies(timeout=WAIT_SECONDS_MAX, stop_after=1)]
    assert heard == [f"session:{UUID(bytes=sha256('session')[:16])}"]


def test_a_link_signs_in_once(db: Connection, ann: UUID) -> None:
    db.execute("select darkroom.create_sign_in_link(%s, %s)", (ann, sha256("link")))

    assert row(db, USE_LINK, sha256("link"), sha256("session")) == {"user_id": ann}
    assert sign_in(db, session=sha256("session")) == {"user_id": ann, "api_key_id": None, "operator": False}
    used = opens_nothing(db, USE_LINK, sha256("link"), sha256("another session"))
    assert used == opens_nothing(db, USE_LINK, sha256("no link"), sha256("another session"))


@pytest.mark.parametrize("how", ["expired", "disabled"])
def test_a_link_is_for_now_and_for_who_may_be_here(db: Connection, ann: UUID, how: str) -> None:
    db.execute("select darkroom.create_sign_in_link(%s, %s)", (ann, sha256("link")))
    if how == "expired":
        move_clock(db, 15 * 60 + 1)
    else:
        db.execute("select darkroom.disable_user(%s)", (ann,))

    opens_nothing(db, USE_LINK, sha256("link"), sha256("session"))


def test_of_two_that_use_a_link_at_once_one_is_let_in(db: Connection, connect: Connect, ann: UUID) -> None:
    db.execute("select darkroom.create_sign_in_link(%s, %s)", (ann, sha256("link")))
    first, second = connect(autocommit=False), connect()
    first.execute(USE_LINK.encode(), (sha256("link"), sha256("one")))
    with ThreadPoolExecutor(1) as pool:
        using = pool.submit(second.execute, USE_LINK.encode(), (sha256("link"), sha256("two")))
        wait_for_lock(db, backend_pid(second))
        first.commit()
        with pytest.raises(psycopg.Error) as refused:
            using.result(timeout=WAIT_SECONDS_MAX)

    assert refused.value.sqlstate == "DR401"
    assert len(rows(db, "select 1 from darkroom.sessions")) == 1


def ticket(db: Connection, text: str = "ticket") -> None:
    with db.transaction():
        sign_in(db, key=sha256("key"))
        db.execute("select darkroom.create_event_ticket(%s)", (sha256(text),))


def test_a_ticket_opens_one_stream_of_its_user_and_key(db: Connection, ann: UUID, key: UUID) -> None:
    ticket(db)

    (opened,) = rows(db, USE_TICKET, sha256("ticket"))
    assert (opened["user_id"], opened["api_key_id"]) == (ann, key)
    assert (opened["session_sha256"], opened["sign_in_ends_at"]) == (None, None)
    assert rows(db, USE_TICKET, sha256("ticket")) == []


@pytest.mark.parametrize("how", ["expired", "revoked", "disabled"])
def test_a_ticket_ends_with_its_minute_its_key_and_its_user(db: Connection, ann: UUID, key: UUID, how: str) -> None:
    ticket(db)
    if how == "expired":
        move_clock(db, 61)
    elif how == "revoked":
        db.execute("select darkroom.revoke_api_key(%s)", (key,))
    else:
        db.execute("select darkroom.disable_user(%s)", (ann,))

    assert rows(db, USE_TICKET, sha256("ticket")) == []


def test_a_ticket_ends_with_the_session_it_was_asked_for_with(db: Connection, ann: UUID, key: UUID) -> None:
    db.execute("select darkroom.create_session(%s, %s)", (sha256("key"), sha256("token")))
    for text in ("used", "late"):
        with db.transaction():
            sign_in(db, session=sha256("token"))
            db.execute("select darkroom.create_event_ticket(%s, %s)", (sha256(text), sha256("token")))

    (opened,) = rows(db, USE_TICKET, sha256("used"))
    assert (opened["user_id"], opened["api_key_id"], opened["session_sha256"]) == (ann, key, sha256("token"))
    db.execute("delete from darkroom.sessions")
    assert rows(db, USE_TICKET, sha256("late")) == []


@pytest.mark.usefixtures("key")
def test_a_ticket_ends_when_its_sign_in_ends_by_itself(db: Connection) -> None:
    for text in ("used", "late"):
        with db.transaction():
            sign_in(db, key=sha256("key"))
            db.execute(
                "select darkroom.create_event_ticket(%s, null, darkroom.clock() + interval '10 s')", (sha256(text),)
            )

    (opened,) = rows(db, USE_TICKET, sha256("used"))
    assert opened["sign_in_ends_at"] is not None
    move_clock(db, 11)
    assert rows(db, USE_TICKET, sha256("late")) == []


def test_a_subject_is_one_user_from_first_sight_on(db: Connection) -> None:
    first = sign_in(db, issuer=ISSUER, subject="auth0|7")
    again = sign_in(db, issuer=ISSUER, subject="auth0|7")
    other_issuer = sign_in(db, issuer="https://other.example", subject="auth0|7")

    assert first == again
    assert first["user_id"] != other_issuer["user_id"]
    made = row(db, "select name, credits from darkroom.users where id = %s", first["user_id"])
    assert made == {"name": "subject auth0|7", "credits": 0}
    db.execute("select darkroom.disable_user(%s)", (first["user_id"],))
    opens_nothing(db, "select * from darkroom.sign_in(p_issuer => %s, p_subject => %s)", ISSUER, "auth0|7")


@pytest.mark.parametrize("subject", ["0199f3a2-5c1e-7a44-9d3b-2f6c8e71b0aa", "x" * 255, "two\nlines", " ", "ann"])
def test_a_subject_may_be_any_text(db: Connection, ann: UUID, subject: str) -> None:
    made = sign_in(db, issuer=ISSUER, subject=subject)

    assert made["user_id"] != ann
    assert sign_in(db, issuer=ISSUER, subject=subject) == made


def test_two_first_requests_of_a_subject_make_one_user(db: Connection, connect: Connect) -> None:
    first, second = connect(autocommit=False), connect()
    made = sign_in(first, issuer=ISSUER, subject="7")
    with ThreadPoolExecutor(1) as pool:
        signing_in = pool.submit(sign_in, second, issuer=ISSUER, subject="7")
        wait_for_lock(db, backend_pid(second))
        first.commit()

        assert signing_in.result(timeout=WAIT_SECONDS_MAX) == made
    assert value(db, "select count(*) from darkroom.users") == 1


@pytest.mark.usefixtures("key")
def test_what_has_expired_is_dropped_in_steps(db: Connection, ann: UUID) -> None:
    for number in range(3):
        db.execute(CREATE.encode(), (sha256("key"), sha256(f"session {number}"), None))
        ticket(db, f"ticket {number}")
    db.execute("select darkroom.create_sign_in_link(%s, %s)", (ann, sha256("link")))
    assert value(db, "select darkroom.drop_expired_sign_ins()") == 0

    move_clock(db, 15 * 60 + 1)
    assert value(db, "select darkroom.drop_expired_sign_ins(2)") == 3
    assert value(db, "select darkroom.drop_expired_sign_ins(2)") == 1
    assert value(db, "select count(*) from darkroom.sessions") == 3
    move_clock(db, 14 * DAY + 1)
    assert value(db, "select darkroom.drop_expired_sign_ins()") == 3
