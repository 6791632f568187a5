"""The codes with which sockets are closed: each accepted first, so that a page can read why."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Opcode

from api.__main__ import FRAME_BYTES_MAX
from tests.api import making
from tests.api.following import numbers, socket
from tests.api.processes import Api, running_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import User
    from tests.conftest import Connection

FOREIGN = "https://elsewhere.example"
SUBSCRIBE: dict[str, Any] = {"type": "subscribe", "after": None}


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """What is revoked is known by the bell alone."""
    constants = {"api.relay.RECHECK_SECONDS": 3600.0, "api.relay.TEND_SECONDS": 0.1}
    with running_api(shared_database, tmp_path_factory.mktemp("api"), constants, sockets_per_user="3") as api:
        yield api


@pytest.fixture(scope="module")
def hurried(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One that hardly waits for the first frame."""
    constants = {"api.sockets.FIRST_FRAME_SECONDS_MAX": 0.3}
    with running_api(shared_database, tmp_path_factory.mktemp("hurried"), constants) as api:
        yield api


@pytest.fixture(scope="module")
def looking(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One that often looks by itself who may still listen."""
    constants = {"api.relay.RECHECK_SECONDS": 0.2, "api.relay.TEND_SECONDS": 0.1}
    with running_api(shared_database, tmp_path_factory.mktemp("looking"), constants) as api:
        yield api


def code_of(api: Api, key: str | None, *frames: object, **options: Any) -> int:
    """The code that these frames are answered with, in the end."""
    return ending_of(api, key, *frames, **options)[0]


def ending_of(api: Api, key: str | None, *frames: object, **options: Any) -> tuple[int, str]:
    """Code and reason."""

    async def talk() -> tuple[int, str]:
        async with socket(api, key, **options) as talking:
            with contextlib.suppress(ConnectionClosed):
                for frame in frames:
                    await talking.send(frame)
            return await talking.closed(), talking.connection.close_reason or ""

    return asyncio.run(talk())


@pytest.mark.parametrize(
    "frame",
    [
        *("", "x", "null", "[]", "5", '"subscribe"', "{", "{}", '{"type":null}', '{"type":"hello"}', "[" * 10_000),
        b"\x00\xff",
        b'{"type":"subscribe"}',
        SUBSCRIBE | {"aftre": 1},
        SUBSCRIBE | {"after": -1},
        SUBSCRIBE | {"after": "1"},
        SUBSCRIBE | {"after": 1.5},
        SUBSCRIBE | {"after": True},
        SUBSCRIBE | {"after": 2**63},
        SUBSCRIBE | {"epoch": 5},
        SUBSCRIBE | {"ticket": ["x"]},
        SUBSCRIBE | {"filter": []},
        SUBSCRIBE | {"filter": {"user_id": "01900000-0000-7000-8000-000000000000"}},
        SUBSCRIBE | {"filter": {"project_id": "x"}},
        SUBSCRIBE | {"filter": {"project_id": 5}},
        SUBSCRIBE | {"filter": {"project_id": "01900000-0000-7000-8000-000000000000\n"}},
        SUBSCRIBE | {"epoch": "x" * 20_000},
    ],
    ids=lambda frame: str(frame)[:40],
)
def test_a_frame_that_nobody_understands_is_4400_first_or_later(api: Api, ann: User, frame: object) -> None:
    assert code_of(api, ann.key, frame) == 4400
    assert code_of(api, ann.key, SUBSCRIBE, frame) == 4400


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (b'{"type":"subscribe"}', "Bad frame: send text, of at most 16384 characters."),
        (SUBSCRIBE | {"epoch": "x" * 20_000}, "Bad frame: send text, of at most 16384 characters."),
        ('{"type": ', "Bad frame: Input data was truncated"),
        ("hello", "Bad frame: JSON is malformed"),
        (SUBSCRIBE | {"aftre": 1}, "`aftre`"),
        (SUBSCRIBE | {"filter": {"user": "x"}}, "`user` - at `$.filter`"),
        (SUBSCRIBE | {"filter": {"x" * 200: "x"}}, "Bad frame: "),
        (SUBSCRIBE | {"filter": {"ü" * 200: "x"}}, "Bad frame: "),
        (SUBSCRIBE | {"filter": {"project_id": "x"}}, "Bad frame: a filter holds ids."),
        (SUBSCRIBE | {"after": -1}, "$.after"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_the_reason_says_what_is_wrong(api: Api, ann: User, frame: object, words: str) -> None:
    code, reason = ending_of(api, ann.key, frame)

    assert code == 4400
    assert words in reason
    assert len(reason.encode()) <= 123


# Lone surrogates stand in JSON as escapes, and nowhere else; NaN and Infinity stand there for programs in Python only.
texts = st.text(st.characters(exclude_categories=()), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
ids = st.uuids().map(str) | json_values
subscriptions = st.fixed_dictionaries(
    {"type": st.just("subscribe") | json_values},
    optional={
        "after": st.none() | st.integers(-(2**70), 2**70) | json_values,
        "epoch": texts | json_values,
        "ticket": st.none() | json_values,
        "filter": json_values | st.dictionaries(st.sampled_from(["project_id", "card_id"]), ids),
    },
)


@dataclass(frozen=True)
class Long:
    """A frame that is deep or long, without being printed so."""

    before: str
    part: str
    times: int
    after: str = ""

    def __str__(self) -> str:
        return self.before + self.part * self.times + self.after


times = st.sampled_from([100, 1_000, 5_000, 20_000, 1_000_000])
frames = (
    st.text(max_size=50)
    | st.binary(max_size=50)
    | json_values.map(json.dumps)
    | subscriptions.map(json.dumps)
    | st.builds(Long, st.just(""), st.sampled_from(["[", '{"filter":', " "]), times)
    | st.builds(Long, st.just('{"type":"subscribe","filter":'), st.just("["), times)
    | st.builds(Long, st.just('{"type":"subscribe","after":'), st.just("9"), times, st.just("}"))
    | st.builds(Long, st.just('{"type":"subscribe","epoch":"'), st.just("x"), times, st.just('"}'))
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.just(json.dumps(SUBSCRIBE)) | frames, later=st.lists(frames, max_size=2))
def test_no_frame_is_too_much_for_the_server(
    api: Api, ann: User, first: str | bytes | Long, later: list[str | bytes | Long]
) -> None:
    """Each of them is understood and greeted, or the end, with the code for it."""
    sent: list[str | bytes] = []

    async def talk() -> None:
        async with socket(api, ann.key) as talking:
            try:
                for frame in (first, *later):
                    sent.append(str(frame) if isinstance(frame, Long) else frame)
                    await talking.send(sent[-1])
                    # As they come: whoever subscribes again from an earlier number is told again what he knows.
                    while json.loads(await talking.connection.recv())["type"] != "hello":
                        pass
            except ConnectionClosed:
                too_long = len(sent[-1].encode() if isinstance(sent[-1], str) else sent[-1]) > FRAME_BYTES_MAX
                assert talking.connection.close_code == (CloseCode.MESSAGE_TOO_BIG if too_long else 4400)

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("opcode", "content", "code"),
    [
        (Opcode.TEXT, b'{"type":"subscribe\xff"}', CloseCode.INVALID_DATA),
        (Opcode.TEXT, b"\xed\xa0\x80", CloseCode.INVALID_DATA),
        (Opcode.CONT, b"{}", CloseCode.PROTOCOL_ERROR),
        (Opcode.PING, b"x" * 126, CloseCode.PROTOCOL_ERROR),
        (Opcode.TEXT, b"x" * (FRAME_BYTES_MAX + 1), CloseCode.MESSAGE_TOO_BIG),
    ],
)  # fmt: skip
@pytest.mark.parametrize("later", [False, True])
def test_what_is_no_websocket_ends_as_the_protocol_has_it(
    api: Api, ann: User, opcode: Opcode, content: bytes, code: CloseCode, later: bool
) -> None:
    async def talk() -> int:
        async with socket(api, ann.key) as talking:
            if later:
                await talking.subscribe()
            # Past the client's own checks.
            wire = talking.connection.transport
            wire.write(masked(opcode, content))
            return await talking.closed()

    assert asyncio.run(talk()) == code


def masked(opcode: Opcode, content: bytes) -> bytes:
    """A frame as a client sends it, under a mask that changes nothing."""
    length = len(content)
    size = bytes([0x80 | length]) if length < 126 else bytes([0x80 | 127]) + length.to_bytes(8)
    return bytes([0x80 | opcode]) + size + bytes(4) + content


def test_a_socket_that_says_nothing_is_closed(hurried: Api, ann: User) -> None:
    assert ending_of(hurried, ann.key) == (4400, "No subscribe frame came within 0.3 s.")
    assert code_of(hurried, None) == 4401


@pytest.mark.parametrize("key", [None, "dk_nobodys", "x", ""])
def test_strangers_are_4401(api: Api, key: str | None) -> None:
    assert code_of(api, key, SUBSCRIBE) == 4401


def test_under_the_cookie_the_page_is_one_of_ours(api: Api, ann: User) -> None:
    cookie = signed_in(api, ann)

    assert code_of(api, None, SUBSCRIBE, cookie=cookie, origin=FOREIGN) == 4403
    assert code_of(api, None, SUBSCRIBE, cookie=cookie) == 4403
    assert code_of(api, None, SUBSCRIBE, "x", cookie=cookie, origin=api.url) == 4400  # it was let in


def test_a_key_needs_no_origin(api: Api, ann: User) -> None:
    assert code_of(api, ann.key, SUBSCRIBE, "x", origin=FOREIGN) == 4400


def test_a_ticket_opens_one_stream_from_any_page(api: Api, ann: User) -> None:
    ticket = ann.post("/events/tickets", status=201)["ticket"]

    async def follow() -> None:
        async with socket(api, origin=FOREIGN, cookie=signed_in(api, ann)) as live:
            await live.subscribe(ticket=ticket)
            await asyncio.to_thread(making.asked, ann)
            assert numbers(await live.reach(3)) == [2, 3]

    asyncio.run(follow())
    assert code_of(api, None, SUBSCRIBE | {"ticket": ticket}) == 4401
    assert code_of(api, None, SUBSCRIBE | {"ticket": "x"}) == 4401


def test_more_sockets_than_allowed_are_4429_until_one_goes(api: Api, ann: User, bob: User) -> None:
    async def crowd() -> None:
        async with socket(api, ann.key) as one, socket(api, ann.key) as two:
            await one.subscribe()
            await two.subscribe()
            async with socket(api, ann.key) as three:
                await three.subscribe()
                async with socket(api, ann.key) as four, socket(api, bob.key) as other:
                    await four.send(SUBSCRIBE)
                    assert await four.closed() == 4429
                    await other.subscribe()
                await three.subscribe(0)  # which takes no more room
            async with socket(api, ann.key) as again:
                await again.subscribe()

    asyncio.run(crowd())


@pytest.mark.parametrize("quietly", [False, True], ids=["by the bell", "by the next look"])
@pytest.mark.parametrize("by_ticket", [False, True], ids=["key", "ticket"])
def test_a_revoked_key_closes_its_sockets(
    api: Api, looking: Api, ann: User, bob: User, admin_db: Connection, quietly: bool, by_ticket: bool
) -> None:
    at = looking if quietly else api

    async def follow() -> None:
        ticket = ann.post("/events/tickets", status=201)["ticket"]
        async with socket(at, None if by_ticket else ann.key) as hers, socket(at, bob.key) as his:
            await hers.subscribe(**({"ticket": ticket} if by_ticket else {}))
            await his.subscribe()
            if quietly:
                admin_db.execute("update darkroom.api_keys set revoked_at = now() where id = %s", (ann.key_id,))
            else:
                admin_db.execute("select darkroom.revoke_api_key(%s)", (ann.key_id,))
            assert await hers.closed() == 4401
            await asyncio.to_thread(making.asked, bob)
            assert numbers(await his.reach(3)) == [2, 3]

    asyncio.run(follow())


def test_a_disabled_user_is_closed_out(api: Api, ann: User, admin_db: Connection) -> None:
    async def follow() -> None:
        async with socket(api, ann.key) as live:
            await live.subscribe()
            admin_db.execute("select darkroom.disable_user(%s)", (ann.id,))
            assert await live.closed() == 4401

    asyncio.run(follow())
    assert code_of(api, ann.key, SUBSCRIBE) == 4401


def test_signing_out_closes_the_sockets_of_that_browser_alone(api: Api, ann: User) -> None:
    one, two = signed_in(api, ann), signed_in(api, ann)

    async def follow() -> None:
        async with (
            socket(api, cookie=one, origin=api.url) as leaving,
            socket(api, cookie=two, origin=api.url) as staying,
        ):
            await leaving.subscribe()
            await staying.subscribe()
            await asyncio.to_thread(sign_out, api, one)
            assert await leaving.closed() == 4401
            await asyncio.to_thread(making.asked, ann)
            assert numbers(await staying.reach(3)) == [2, 3]

    asyncio.run(follow())


def test_the_log_holds_no_key_and_no_ticket(api: Api, ann: User) -> None:
    ticket = ann.post("/events/tickets", status=201)["ticket"]
    code_of(api, None, SUBSCRIBE | {"ticket": ticket}, "x")
    code_of(api, ann.key, SUBSCRIBE, "x")

    log = api.log.read_text()
    assert '"exception"' not in log
    assert ticket not in log
    assert ann.key not in log


def sign_out(api: Api, cookie: str) -> None:
    answer = httpx.delete(f"{api.url}/v1/session", headers={"Cookie": cookie, "Origin": api.url})
    assert answer.status_code == 204, answer.text


def signed_in(api: Api, user: User) -> str:
    """The cookie of a browser that has just signed in."""
    answer = httpx.post(f"{api.url}/v1/session", json={"api_key": user.key}, headers={"Origin": api.url})
    assert answer.status_code == 201, answer.text
    return answer.headers["set-cookie"].split(";")[0]
