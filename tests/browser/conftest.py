"""The whole program as `make run` starts it, and a real Chromium before it."""

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.settings import child_environment

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
PATIENCE = 80.0
"""Seconds for the first start: the machine may be busy with other tests."""
SLOWEST_ANSWER = 15_000
LISTEN = "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"
ARABIC = Path(__file__).with_name("arabic_job.json")


@dataclass(slots=True)
class Site:
    """A running Callboard."""

    base: str
    password: str
    key: str

    def post(self, path: str, body: Any) -> Any:
        """Call the API."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.base}/api/v1{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@dataclass(slots=True)
class Visitor:
    """Somebody at a browser, who writes down what goes wrong in it."""

    site: Site
    page: Page
    faults: list[str]

    def open(self, path: str) -> Page:
        self.page.goto(self.site.base + path)
        return self.page

    def log_in(self) -> Page:
        page = self.open("/log-in")
        page.get_by_label("E-mail").fill("admin@example.org")
        page.get_by_label("Password").fill(self.site.password)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="Today").wait_for()
        return page


Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NOT TESTED IN A BROWSER: Chromium is not installed")
    expect.set_options(timeout=SLOWEST_ANSWER)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with run_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@contextmanager
def run_site(folder: Path) -> Iterator[Site]:
    """Run `callboard up` on a free port until it answers; stop it at the end."""
    port = _free_port()
    environment = child_environment(
        PORT=str(port), CALLBOARD_DATA_DIR=str(folder), CALLBOARD_PUBLIC_URL=f"http://localhost:{port}"
    )
    command = [sys.executable, "-m", "webhooks"]
    process = subprocess.Popen(
        [*command, "up"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines: list[str] = []
    reader = threading.Thread(target=_gather, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        password = _wait_for(lines, r"with the password (\S+)")
        key = subprocess.check_output([*command, "keys", "create", "tests"], env=environment, text=True).split()[-1]
        yield Site(f"http://localhost:{port}", password, key)
    finally:
        process.terminate()
        process.wait(40)
        reader.join(5)


def _gather(stream: IO[str], lines: list[str]) -> None:
    with stream:
        lines.extend(stream)


def _wait_for(lines: list[str], pattern: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := re.search(pattern, "".join(lines)):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE:g} seconds: {pattern}\n{''.join(lines)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Open a fresh browser window; at the end nothing may have gone wrong in it."""
    opened: list[Visitor] = []

    def visit(*, width: int = 1100, height: int = 800, scheme: Any = "light", script: bool = True) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=script
        )
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.set_default_timeout(SLOWEST_ANSWER)
        visitor = Visitor(site, page, [])
        page.on("console", lambda message: visitor.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        opened.append(visitor)
        return visitor

    yield visit
    for visitor in opened:
        visitor.page.context.close()
    assert [fault for visitor in opened for fault in visitor.faults] == []


@pytest.fixture(scope="session")
def arabic(site: Site) -> str:
    """A job in a language that is written from right to left, with somebody who applied; their name."""
    job = site.post("/jobs", json.loads(ARABIC.read_text(encoding="utf-8")))
    person = {"first_name": "ليلى", "last_name": "حداد", "phone": "+15550100077"}
    site.post("/applications", {"job": job["id"], "stage": job["stages"][0]["id"], "candidate": person})
    return "ليلى حداد"
