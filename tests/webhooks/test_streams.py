"""Streams of a real web server: they bring what changed, hold no thread, and end with the server."""

import http.client
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from bot.intake.users import create_user
from bot.migrate import upgrade
from bot.models import Role, Topic
from bot.runtime import Runtime, build
from bot.settings import read_settings
from bot.work import unit_of_work
from tests.webhooks.processes import Run, free_port

PASSWORD = "a long password"
SERVE = """
import sys
from bot.log import configure_logging
from bot.settings import read_settings
from webhooks import streams
from webhooks.serve import serve
import os
os.environ.update(CALLBOARD_DATA_DIR=sys.argv[1], PORT=sys.argv[2], CALLBOARD_SECRET_KEY="k" * 32)
streams.MOST_OF_USER = 40
configure_logging("text")
serve(read_settings(dict(os.environ)))
"""


class Site:
    """A served installation with one user, and their cookies."""

    def __init__(self, runtime: Runtime, run: Run, port: int) -> None:
        self.runtime, self.run, self.port = runtime, run, port
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := CookieJar()))
        form = re.search(r'name="csrf" value="([^"]+)"', self.page("/log-in"))
        assert form
        fields = {"csrf": form[1], "email": "ann@example.org", "password": PASSWORD}
        self.page("/log-in", urllib.parse.urlencode(fields).encode())
        self.cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    def page(self, path: str, body: bytes | None = None) -> str:
        with self._opener.open(f"http://127.0.0.1:{self.port}{path}", body, timeout=12) as answer:
            return str(answer.read().decode())

    def listen(self, query: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=12)
        connection.request(
            "GET", f"/events?{query}", headers={"Cookie": self.cookies, **headers, "Connection": "close"}
        )
        return connection.getresponse()

    def change(self, topic: Topic = Topic.TEMPLATES, key: int = 0) -> None:
        with unit_of_work(self.runtime) as work:
            work.changed(topic, key)


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    runtime = build(read_settings({"CALLBOARD_DATA_DIR": str(folder), "CALLBOARD_SECRET_KEY": "k" * 32}))
    upgrade(runtime.database)
    with unit_of_work(runtime) as work:
        create_user(work, "ann@example.org", Role.RECRUITER, PASSWORD)
    port = free_port()
    run = Run(SERVE, folder, port)
    try:
        run.wait_for(f"web_listening port={port}")
        yield Site(runtime, run, port)
    finally:
        run.close()
        runtime.database.engine.dispose()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("streams")) as site:
        yield site


def event(stream: http.client.HTTPResponse, name: str) -> dict[str, str]:
    """Read on until the event of that name."""
    fields: dict[str, str] = {}
    while (line := stream.readline().decode()) != "":
        key, _, value = line.rstrip("\n").partition(": ")
        if line == "\n":
            if fields.get("event") == name:
                return fields
            fields = {}
        elif key:
            fields[key] = value
    raise AssertionError(f"the stream ended before {name}")


def test_a_change_is_told_to_who_listens_and_not_to_others(site: Site) -> None:
    with site.listen("to=templates") as heard, site.listen("to=inbox&to=templates&to=user-somebody") as also:
        site.change()
        assert event(heard, "templates")["data"] == ""
        assert event(also, "templates")


def test_forty_streams_hold_no_thread(site: Site) -> None:
    with ExitStack() as open_streams:
        streams = [open_streams.enter_context(site.listen("to=templates")) for _ in range(30)]
        assert {stream.status for stream in streams} == {200}
        assert "Style guide" in site.page("/style-guide")
        site.change()
        assert all(event(stream, "templates") for stream in streams)


def test_who_comes_back_hears_what_was_missed(site: Site) -> None:
    with site.listen("to=templates") as stream:
        site.change()
        number = event(stream, "templates")["id"]
    site.change()
    with site.listen("to=templates", **{"Last-Event-ID": number}) as again:
        assert event(again, "templates")


def test_a_stream_ends_soon_after_its_log_in_and_those_of_other_devices_go_on(site: Site) -> None:
    other = Site(site.runtime, site.run, site.port)
    with other.listen("to=templates") as stream, site.listen("to=templates") as own:
        form = re.search(r'name="csrf" value="([^"]+)"', other.page("/style-guide"))
        assert form
        other.page("/log-out", urllib.parse.urlencode({"csrf": form[1]}).encode())
        assert stream.read().startswith(b"retry")
        site.change()
        assert event(own, "templates")


def test_no_stream_for_who_is_not_logged_in_or_speaks_an_old_protocol(site: Site) -> None:
    with site.listen("to=templates", Cookie="") as answer:
        assert answer.status == 302


def test_streams_end_with_the_server(tmp_path: Path) -> None:
    with served(tmp_path) as site, site.listen("to=templates") as stream:
        site.run.process.terminate()
        assert stream.read().startswith(b"retry")
        assert site.run.process.wait(15) == 0
