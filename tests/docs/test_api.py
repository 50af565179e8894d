"""docs/api.md, run from top to bottom with curl against a real server."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from bot.intake.keys import create_key
from bot.runtime import Runtime
from bot.settings import child_environment
from bot.work import unit_of_work
from tests.docs.reading import DOCS
from webhooks.app import create_app

STEP = re.compile(r"```sh\n(.*?)```\n\n→ (\d{3})([^\n]*)", re.DOTALL)
KEEP = re.compile(r"`([\w.\[\]]+)` as `([A-Z]+)`")
END = "--- end of an answer ---"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def address(runtime: Runtime) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@on_sqlite
@pytest.mark.skipif(shutil.which("curl") is None, reason="NOT TESTED: curl is not installed")
def test_every_step_of_the_guide_answers_as_it_says(runtime: Runtime, address: str, tmp_path: Path) -> None:
    with unit_of_work(runtime) as work:
        key = create_key(work, "guide", ())
    known = {"CALLBOARD": address, "KEY": key}
    steps = steps_of((DOCS / "api.md").read_text(encoding="utf-8"))
    assert len(steps) >= 12
    for commands, status, after in steps:
        answers = run(commands, known, tmp_path)
        assert {(code, commands) for code, _ in answers} == {(status, commands)}, answers
        known |= {name: value_at(answers[-1][1], path) for path, name in KEEP.findall(after)}


def steps_of(text: str) -> list[tuple[str, str, str]]:
    """Return commands, expected status and what follows on that line, for each step."""
    found = [STEP.match(part) for part in re.split(r"(?=```sh\n)", text)]
    return [(step[1], step[2], step[3]) for step in found if step]


def run(commands: str, known: dict[str, str], folder: Path) -> list[tuple[str, Any]]:
    """Run the commands as written; return status and document of each answer, None for one that went into a file."""
    marked = commands.replace("curl -sS", f"curl -sS -w '\\n%{{http_code}}{END}'")
    done = subprocess.run(
        ["bash", "-euc", marked],
        env=child_environment(**known),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    answers = [answer.strip().rpartition("\n") for answer in done.stdout.split(END) if answer.strip()]
    return [(status, json.loads(body) if body else None) for body, _, status in answers]


def value_at(document: Any, path: str) -> str:
    """Follow a path such as `stages[1].id`."""
    for step in re.findall(r"[^.\[\]]+", path):
        document = document[int(step) if step.isdigit() else step]
    return str(document)
