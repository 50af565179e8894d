"""The command line as a whole: what it imports before a command runs, and whether its table tells the truth."""

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from webhooks.cli import callboard
from webhooks.lazy_commands import CommandPlace, LazyGroup

HEAVY = {"sqlalchemy", "alembic", "flask", "twilio", "gunicorn", "redis", "rq"}
LOADED = """
import sys
from webhooks.cli import callboard
callboard(sys.argv[1:], standalone_mode=False)
print(" ".join(sys.modules))
"""


def places(group: LazyGroup, *above: str) -> Iterator[tuple[str, CommandPlace]]:
    for name, place in group.places.items():
        if isinstance(place, LazyGroup):
            yield from places(place, *above, name)
        else:
            yield " ".join((*above, name)), place


@pytest.mark.parametrize("words", [["--help"], ["users", "--help"]])
def test_help_imports_none_of_the_large_libraries(words: list[str]) -> None:
    run = subprocess.run([sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True)
    loaded = run.stdout.splitlines()[-1].split()
    assert "webhooks.lazy_commands" in loaded
    assert HEAVY & set(loaded) == set()


@pytest.mark.parametrize(
    ("name", "place"), list(places(callboard)), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_table_leads_to_each_command_and_says_its_first_sentence(name: str, place: CommandPlace) -> None:
    command = place.load()
    assert isinstance(command, click.Command)
    assert command.name == name.rpartition(" ")[2]
    assert command.get_short_help_str(limit=200).rstrip(".") == place.says.rstrip(".")


def test_the_help_lists_every_command() -> None:
    shown = callboard.get_help(click.Context(callboard))
    assert all(f"\n  {name} " in shown for name in callboard.places)
