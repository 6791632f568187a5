"""docs/events.md says what there is: its examples run, its frames are what is sent, its tables are complete."""

from __future__ import annotations

import asyncio
import json
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from api import event_frames, followers, relay, server, sockets, sse
from api.__main__ import FRAME_BYTES_MAX
from darkroom import event_stream
from darkroom.client import Client
from tests.api import making
from tests.api.following import Frame, socket
from tests.sql import engine
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    import pytest

    from tests.api.conftest import User
    from tests.api.processes import Api
    from tests.conftest import Connection

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "events.md").read_text()
KIND = re.compile(r"'((?:generation|caption|job|image|batch|conversation|project|collection|credits|queue)\.[a-z]+)'")
# Kinds that end in a status.
STATUSES = {f"{thing}.{status}" for thing in ("generation", "job") for status in ("completed", "failed", "cancelled")}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def examples() -> list[Frame]:
    text, decoder, found = " ".join(blocks("json")), json.JSONDecoder(), []
    while text := text.strip():
        frame, end = decoder.raw_decode(text)
        found.append(frame)
        text = text[end:]
    return found


def test_every_kind_has_a_row_and_every_row_a_kind() -> None:
    written = {kind for path in (ROOT / "sql").rglob("*.sql") for kind in KIND.findall(path.read_text())}
    table = PAGE.partition("| kind | happened |")[2].partition("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

    assert {kind for first in firsts for kind in re.findall(r"`([^`]+)`", first)} == written | STATUSES


def test_every_code_has_a_row_and_every_row_a_code() -> None:
    numbers = [value for value in vars(sockets).values() if isinstance(value, int)]
    codes = {number for number in numbers if 1000 < number < 5000}

    assert {int(code) for code in re.findall(r"^\| (\d{4}) \|", PAGE, re.MULTILINE)} == codes
    assert all(f"`{name}`" in PAGE for name in event_frames.Filter.__struct_fields__)


def test_the_frames_on_the_page_are_those_that_are_sent(api: Api, ann: User, admin_db: Connection) -> None:
    shown = {frame.get("type", "event"): frame for frame in examples()}
    making.finished(ann, admin_db)

    async def follow() -> dict[str, Frame]:
        sent: dict[str, Frame] = {}
        async with socket(api, ann.key) as live:
            sent["hello"] = await live.subscribe(0)
            sent["events"] = await live.frame()
            await live.subscribe(99)
            sent["reset"] = await live.frame()
            await live.subscribe(4, filter={"card_id": "01900000-0000-7000-8000-000000000000"})
            sent["cursor"] = await live.frame()
            await live.subscribe()
            _, (job,) = await asyncio.to_thread(making.running, ann, admin_db)
            told = [{"job_id": job["job_id"], "lease_no": job["lease_no"], "state": "processing", "fraction": 0.35}]
            engine.call(admin_db, "ring_progress", told)
            while "progress" not in sent:
                frame = await live.frame()
                sent[frame["type"]] = sent.get(frame["type"], frame)
        (sent["event"],) = [event for event in sent["events"]["items"] if event["kind"] == shown["event"]["kind"]]
        return sent

    sent = asyncio.run(follow())
    for name, frame in shown.items():
        if name != "subscribe":
            assert shape(frame) == shape(sent[name]), name
    assert sockets.read_frame(json.dumps(shown["subscribe"] | {"filter": {}})).after == shown["subscribe"]["after"]


def shape(frame: Any) -> Any:
    """Its fields, down to where things begin."""
    if not isinstance(frame, dict):
        return None
    return {name: set(value) if name == "data" else shape(value) for name, value in frame.items()}


def test_the_polls_on_the_page_are_answered(ann: User, admin_db: Connection) -> None:
    making.finished(ann, admin_db)
    (polls,) = blocks("http")
    fields = re.search(r"^answer `\{(.*?)\}`", PAGE, re.MULTILINE)
    assert fields

    for line in polls.splitlines():
        method, path = line.split()
        answer = ann.http.request(method, path)
        assert answer.status_code == 200
        assert set(answer.json()) == set(json.loads(f"[{fields[1]}]"))


def test_the_program_on_the_page_runs(
    api: Api, ann: User, admin_db: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = blocks("python")
    names: dict[str, Any] = {"Client": Client, "key": ann.key}
    exec(  # noqa: S102 - our own page
        "async def run():\n" + textwrap.indent(program.replace("http://127.0.0.1:8470", api.url), "    "), names
    )

    async def run() -> None:
        running = asyncio.create_task(names["run"]())
        while not running.done():
            await asyncio.to_thread(engine.work_off, admin_db)
            await asyncio.sleep(0.05)
        await running

    asyncio.run(asyncio.wait_for(run(), WAIT_SECONDS_MAX))
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("completed ['/v1/images/")
    assert [line.split()[0] for line in printed[1:]] == [str(n + 1) for n in range(len(printed) - 1)]
    assert printed[-1].endswith("generation.completed")


def test_the_times_on_the_page_are_the_relays() -> None:
    assert f"Within {sockets.FIRST_FRAME_SECONDS_MAX:g} seconds send" in PAGE
    assert f"more than {followers.BUFFER_CHARACTERS_MAX // 1024**2} MiB waits" in PAGE
    assert f"nothing was read for {relay.STUCK_SECONDS_MAX:g} seconds" in PAGE
    assert f"a message of more than {FRAME_BYTES_MAX // 1024} KiB" in PAGE
    assert f"Pings come every {server.PING_SECONDS:g} seconds" in PAGE
    assert re.search(rf"comment comes every\s+{sse.COMMENT_SECONDS:g} seconds", PAGE)
    assert f"renewed every {relay.RENEW_SECONDS:g} seconds" in PAGE
    assert relay.CONNECTIONS == 3
    assert relay.TEND_SECONDS == 1
    assert event_stream.WATCH_SECONDS > 2 * relay.RENEW_SECONDS


def test_the_page_of_the_api_tells_of_the_socket(api: Api) -> None:
    page = httpx.get(f"{api.url}/docs").text

    assert "/v1/events/ws" in page
    assert f"Within {sockets.FIRST_FRAME_SECONDS_MAX:g} seconds send" in page
    assert all(f"<code>{name}</code>" in page for name in event_frames.Filter.__struct_fields__)
    numbers = [value for value in vars(sockets).values() if isinstance(value, int)]
    assert all(f"<code>{number}</code>" in page for number in numbers if 1000 < number < 5000)
    assert all(f"<code>{kind}</code>" in page for kind in ("hello", "events", "cursor", "progress", "reset"))
