"""The command line as a whole: what it imports before a command runs, and whether its table tells the truth."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.errors import SettingsError
from tests.conftest import TWILIO
from webhooks.cli import callboard
from webhooks.lazy_commands import CommandPlace, LazyGroup
from webhooks.own_name import shortest_call

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


@pytest.mark.parametrize("words", [["serv"], ["users", "delete"]])
def test_a_command_that_there_is_not_is_told_by_its_name(words: list[str]) -> None:
    result = CliRunner().invoke(callboard, words)
    assert result.exit_code == 2
    assert f"No such command '{words[-1]}'." in result.output


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without an installation, in which the command is given."""
    for name in ("DATABASE_URL", "CALLBOARD_DATA_DIR", "CALLBOARD_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "serve",
        "worker messages",
        "clock",
        "keys list",
        "keys create ATS",
        "keys revoke ATS",
        "users create ann@example.org --role admin",
        "templates",
    ],
)
def test_a_command_in_another_folder_says_where_it_looked_and_makes_nothing(folder: Path, words: str) -> None:
    result = CliRunner().invoke(callboard, words.split())
    assert isinstance(result.exception, SettingsError), result.output
    assert str(folder / "var") in str(result.exception)
    assert "`callboard up` makes one there" in str(result.exception)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "runs"), [("serve", "serve"), ("worker messages", "run_worker"), ("clock", "run_clock")]
)
def test_a_process_keeps_the_key_that_it_makes_for_the_others(
    folder: Path, words: str, runs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "var").mkdir()
    (folder / "var" / "callboard.db").touch()
    monkeypatch.setattr(f"webhooks.process_commands.{runs}", lambda *_, **__: None)
    CliRunner().invoke(callboard, words.split(), catch_exceptions=False)
    assert (folder / "var" / "secret_key").exists()


def test_the_doctor_says_that_there_is_no_installation_and_makes_none(folder: Path) -> None:
    result = CliRunner().invoke(callboard, ["doctor"])
    assert f"! there is no installation in {folder / 'var'}" in result.output
    assert list(folder.iterdir()) == []


def test_db_upgrade_makes_an_installation_says_where_and_says_it_once(folder: Path) -> None:
    assert said("db", "upgrade") == [
        f"Making a new installation in {folder / 'var'} ...",
        "The database is up to date.",
        "Channels: the sandbox phone.",
    ]
    assert said("db", "upgrade") == ["The database is up to date.", "Channels: the sandbox phone."]
    assert said("keys", "list") == ["There are no keys yet: callboard keys create NAME makes one."]


def test_a_new_database_and_the_files_beside_it_are_their_owners_alone(folder: Path) -> None:
    said("db", "upgrade")
    with closing(sqlite3.connect(folder / "var" / "callboard.db", isolation_level=None)) as connection:
        connection.execute("UPDATE channels SET active = active")
        modes = {file.name: file.stat().st_mode & 0o777 for file in (folder / "var").glob("callboard.db*")}
    assert modes == dict.fromkeys(("callboard.db", "callboard.db-wal", "callboard.db-shm"), 0o600)


def test_db_upgrade_from_a_shell_without_twilios_settings_leaves_its_channels_in_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in TWILIO.items():
        monkeypatch.setenv(name, value)
    assert said("db", "upgrade")[-1] == "Channels: Twilio WhatsApp and SMS."
    refused = CliRunner().invoke(callboard, ["db", "upgrade", "--without-twilio"])
    assert "take TWILIO_ACCOUNT_SID out of them" in str(refused.exception)
    for name in TWILIO:
        monkeypatch.delenv(name, raising=False)
    kept = said("db", "upgrade")[-1]
    assert kept.startswith("Channels: Twilio's, as before, though the settings here do not name it. ")
    assert kept.endswith(" db upgrade --without-twilio`")
    assert in_use(folder) == {("twilio", "whatsapp"), ("twilio", "sms")}
    left = said("db", "upgrade", "--without-twilio")[-1]
    assert left == "Channels: the sandbox phone. Twilio's, in use before, are switched off."
    assert in_use(folder) == {("sandbox", "whatsapp"), ("sandbox", "sms")}


def in_use(folder: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "var" / "callboard.db")) as connection:
        return set(connection.execute("SELECT provider, kind FROM channels WHERE active"))


def said(*words: str) -> list[str]:
    """Run the command in a process of its own, as it leaves its database to the end of the process."""
    command = [sys.executable, "-c", "from webhooks.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    made = tmp_path / "my clone" / ".venv/bin/callboard"
    made.parent.mkdir(parents=True)
    made.touch()
    return made


def test_the_program_is_called_by_its_bare_name_where_the_shell_finds_it_by_that(program: Path, tmp_path: Path) -> None:
    python = program.with_name("python")
    link = tmp_path / "callboard"
    link.symlink_to(program)
    assert shortest_call(program, python, str(link), tmp_path) == "callboard"
    assert shortest_call(program.with_name("__main__.py"), python, str(program), tmp_path) == "callboard"
    other = tmp_path / "other"
    other.touch()
    assert shortest_call(program, python, str(other), tmp_path) != "callboard"


def test_in_a_clone_the_program_is_called_by_its_path(program: Path, tmp_path: Path) -> None:
    python, clone = program.with_name("python"), program.parents[2]
    assert shortest_call(program, python, None, clone) == ".venv/bin/callboard"
    assert shortest_call(program.with_name("__main__.py"), python, None, clone) == ".venv/bin/callboard"
    assert shortest_call(program, python, None, tmp_path / "elsewhere") == f"'{program}'"
    assert shortest_call(program, python, None, program.parent) == "./callboard"


def test_where_no_program_was_installed_it_is_called_as_a_module(tmp_path: Path) -> None:
    assert shortest_call(Path("-c"), tmp_path / "python", None, tmp_path) == f"{tmp_path / 'python'} -m webhooks"
