"""What the documents name is there: files, commands, metrics and events of the log."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest

from bot.runtime import Runtime
from bot.sweeps import SWEEPS
from tests.docs.reading import DOCS, PAGES, ROOT
from webhooks.cli import callboard
from webhooks.metrics import exposition

FOLDERS = "flows|bot|campaigns|webhooks|tests|docs|benchmarks"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*|Makefile|Procfile|pyproject\.toml)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
COMMAND = re.compile(r"(?:^|[\s`/])callboard ((?:[a-z][a-z-]* ?)+)")
OPTION = re.compile(r"(--[a-z-]+)")
PACKAGES = ("bot", "flows", "webhooks")
SOURCES = "\n".join(path.read_text(encoding="utf-8") for name in PACKAGES for path in (ROOT / name).rglob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = [ROOT / path for path in PATH.findall(text)] + [page.parent / path for path in LINK.findall(text)]
    assert [str(path) for path in named if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_is_there(page: Path) -> None:
    unknown = [line for line in page.read_text(encoding="utf-8").splitlines() for problem in problems(line) if problem]
    assert unknown == []


def problems(line: str) -> list[str]:
    """Return what a line says of our commands and is not so."""
    found = []
    for match in COMMAND.finditer(line):
        command: click.Command = callboard
        for word in match[1].split():
            if not isinstance(command, click.Group):
                break
            known = command.get_command(click.Context(command), word)
            if known is None:
                found.append(word)
                break
            command = known
        options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
        following = re.split(r"[`;#|]", line[match.end() :])[0]
        found += [option for option in OPTION.findall(following) if option not in options]
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_runbook_explains_every_metric_and_invents_none(runtime: Runtime) -> None:
    shown = re.findall(r"^# TYPE (\w+)", exposition(runtime).decode(), re.MULTILINE)
    runbook = (DOCS / "runbook.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`(callboard_\w+)", runbook))
    assert sorted(name for name in shown if name not in explained) == []
    assert sorted(name for name in explained if f'"{name.removesuffix("_total")}"' not in SOURCES) == []


def test_the_journeys_tell_of_every_sweep_and_how_often_it_runs() -> None:
    told = dict(
        re.findall(r"^\| `(\w+)` \| (\d+ \w+) \|", (DOCS / "journeys.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    units = {"s": "seconds", "min": "minutes", "h": "hours"}
    every = {name: timedelta(**{units[often.split()[1]]: int(often.split()[0])}) for name, often in told.items()}
    assert every == {sweep.name: sweep.every for sweep in SWEEPS}


def test_the_runbook_explains_every_event_of_the_log_and_invents_none() -> None:
    runbook = (DOCS / "runbook.md").read_text(encoding="utf-8")
    table = re.search(r"^\| event \|.*\n((?:\|.*\n)+)", runbook, re.MULTILINE)
    assert table
    explained = {event for row in table[1].splitlines() for event in re.findall(r"`(\w+)`", row.split(" | ")[0])}
    assert explained == set(logged_events())


def logged_events() -> Iterator[str]:
    """Yield the event of each call of `log_event`."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "log_event":
                    event = node.args[1]
                    assert isinstance(event, ast.Constant), f"{path}:{node.lineno}: the event is no constant"
                    yield str(event.value)
