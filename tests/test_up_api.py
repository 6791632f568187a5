"""`darkroom up` serves the API, signs a browser in by the link that it prints, and doctor finds it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from typing import TYPE_CHECKING

import httpx
import pytest

from darkroom.addresses import open_socket, read_addresses
from darkroom.api_settings import ApiSettings
from tests.cli import Cli
from tests.servers import scratch_folder
from tests.support import wait_until
from tests.test_up import SECONDS_MAX, Up, processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from darkroom.api_settings import Address


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder / "data"


@pytest.fixture(scope="module")
def up(data: Path) -> Iterator[Up]:
    started = Up(data).ready()
    started.hear("^The API key")
    yield started
    started.end()


@pytest.fixture
def cli(data: Path) -> Cli:
    return Cli(data=data)


def url_of(up: Up) -> str:
    (found,) = (match for line in up.lines if (match := re.match(r"The API is at (\S+?),", line)))
    return found[1]


def link_of(up: Up) -> str:
    (link,) = (line for line in up.lines if re.match(r"https?://\S+/sign-in/", line))
    return link


def api_process(up: Up) -> int | None:
    return next((pid for pid, command in processes(up.process.pid) if "darkroom.tether api" in command), None)


def test_the_link_signs_a_browser_in_once(up: Up) -> None:
    assert link_of(up).startswith(url_of(up))
    with httpx.Client(follow_redirects=True) as browser, httpx.Client() as late:
        assert browser.get(link_of(up)).status_code == 200
        assert browser.get(f"{url_of(up)}/v1/me").json()["name"] == "demo"
        assert late.get(link_of(up)).status_code == 401


def test_the_key_of_the_demo_user_opens_the_api_and_a_worker_is_there(up: Up, data: Path) -> None:
    key = (data / "demo.key").read_text().strip()
    with httpx.Client(base_url=url_of(up), headers={"Authorization": f"Bearer {key}"}, timeout=70) as client:
        made = client.post("/v1/generations", json={"prompt": "a cat"}, headers={"Prefer": "wait=60"})

    assert made.status_code == 200, made.text
    assert made.json()["generation"]["status"] == "completed"


def test_doctor_names_what_is_served(up: Up, cli: Cli) -> None:
    report = cli.json("doctor", "--quick")

    assert report["api_url"] == url_of(up)
    assert report["checks"]["api"] is True
    assert httpx.get(f"{report['api_url']}/readyz").status_code == 200
    assert "darkroom_database_up 1.0" in httpx.get(report["metrics_url"]).text


def test_where_the_usual_ports_are_taken_it_listens_elsewhere() -> None:
    usual = ApiSettings()
    assert usual.metrics_listen is not None
    with taken(usual.listen), taken(usual.metrics_listen), scratch_folder() as folder:
        up = Up(folder / "data", DARKROOM_API_LISTEN="", DARKROOM_METRICS_LISTEN="").ready()
        try:
            up.hear("^The API key")
            found = read_addresses(folder / "data")
            assert found is not None
            assert found.api_url == url_of(up) != usual.listen.url
            assert httpx.get(f"{found.api_url}/healthz").status_code == 200
            assert "darkroom_database_up 1.0" in httpx.get(str(found.metrics_url)).text
        finally:
            up.end()


@contextlib.contextmanager
def taken(address: Address) -> Iterator[None]:
    """By us, if not by somebody else on this machine."""
    try:
        listener = open_socket(address)
    except OSError:
        yield
    else:
        with listener:
            yield


def test_a_killed_api_comes_back_where_it_was(up: Up, cli: Cli) -> None:
    killed = api_process(up)
    assert killed is not None

    os.kill(killed, signal.SIGKILL)

    up.hear(r"^The API has ended \(SIGKILL\)")
    wait_until(lambda: api_process(up) not in {None, killed}, "another process", SECONDS_MAX)
    wait_until(lambda: _lives(url_of(up)), "it to listen", SECONDS_MAX)
    assert cli.json("doctor", "--quick")["api_url"] == url_of(up)


def _lives(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_what_ended_is_not_named(up: Up, data: Path, cli: Cli) -> None:
    up.end()

    assert read_addresses(data) is None
    report = cli.json("doctor", "--quick")
    assert (report["api_url"], report["metrics_url"]) == (None, None)
    assert "api" not in report["checks"]
