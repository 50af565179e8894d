"""`callboard users`: made, listed, changed and disabled, with effect from the next click on, and never without an admin."""

import re
import threading
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import update

from bot.audit import COMMAND_LINE
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake.second_factors import begin_second_factor, confirm_second_factor
from bot.intake.throttling import account_of, note_failure
from bot.intake.user_changes import disable_user, list_users, set_role, user_of_email
from bot.intake.users import create_user
from bot.models import Role, User
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.conftest import Build, make_ready
from tests.waiting import somebody_waits, wait_until
from tests.webhooks.shell import ANN, BEN, PASSWORD, Browser, make, refused, told
from webhooks.cli import callboard


@pytest.fixture
def runtime(build_runtime: Build, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A runtime on the database that the command finds in its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url.replace("postgresql+psycopg", "postgresql"))
    monkeypatch.setenv("CALLBOARD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CALLBOARD_SECRET_KEY", "k" * 32)
    made = build_runtime()
    make_ready(made)
    return made


def test_the_list_shows_who_there_is_and_nothing_of_their_passwords(runtime: Runtime) -> None:
    assert "users create EMAIL --role admin" in told("list")
    password = told("create", ANN, "--role", "admin", "--name", "Ann Silva").split()[-1]
    make("Ben@Example.org ", Role.HIRING_MANAGER)
    told("disable", BEN)
    head, first, second = told("list").splitlines()
    assert head.split() == ["EMAIL", "NAME", "ROLE", "CREATED", "DISABLED"]
    assert re.fullmatch(rf"{ANN}  Ann Silva  admin +\d{{4}}-\d\d-\d\d \d\d:\d\d  –", first)
    assert re.fullmatch(rf"{BEN}  –          hiring_manager( +\d{{4}}-\d\d-\d\d \d\d:\d\d){{2}}", second)
    assert password not in first
    assert "argon" not in first


def test_a_disabled_user_is_out_at_once_and_stays_out_until_enabled(runtime: Runtime) -> None:
    make(ANN, Role.ADMIN)
    make(BEN, Role.RECRUITER)
    browser = Browser(runtime)
    assert browser.log_in(BEN)
    assert browser.is_in
    told("disable", BEN)
    assert not browser.is_in
    assert not browser.log_in(BEN)
    told("disable", BEN)
    told("enable", BEN)
    assert not browser.is_in  # what has ended stays ended
    assert browser.log_in(BEN)
    assert browser.is_in
    told("enable", BEN)  # who was not disabled is not logged out
    assert browser.is_in


def lock(runtime: Runtime, email: str) -> None:
    """Lock an account by wrong passwords, from somewhere else."""
    with unit_of_work(runtime) as work:
        for _ in range(12):
            note_failure(work, account_of(email))


def test_another_password_or_being_enabled_lifts_the_lock_of_wrong_passwords(runtime: Runtime) -> None:
    make(ANN, Role.ADMIN)
    make(BEN, Role.VIEWER)
    lock(runtime, ANN)
    assert not Browser(runtime).log_in(ANN)
    assert told("set-password", " ANN@example.org", "--password-stdin", typed="another one\n").endswith("password.\n")
    assert Browser(runtime).log_in(ANN, "another one")
    told("disable", BEN)
    lock(runtime, BEN)
    assert told("enable", BEN) == f"{BEN} may log in again.\n"
    assert Browser(runtime).log_in(BEN)


def test_a_command_without_the_secret_key_says_that_a_lock_stays(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CALLBOARD_SECRET_KEY")
    make(ANN, Role.ADMIN)
    lock(runtime, ANN)
    stays = "it stays so for up to 15 minutes: CALLBOARD_SECRET_KEY is unset."
    made = told("set-password", ANN)
    assert stays in made
    assert told("enable", ANN).endswith(f"{stays}\n")
    assert not Browser(runtime).log_in(ANN, made.split()[-1])


def test_another_role_ends_the_log_ins_of_the_old_one_at_once(runtime: Runtime) -> None:
    make(ANN, Role.VIEWER)
    browser = Browser(runtime)
    browser.log_in(ANN)
    assert not browser.may_write
    assert told("set-role", " ANN@example.org", "recruiter").startswith(" ANN@example.org is recruiter now")
    assert not browser.is_in
    browser.log_in(ANN)
    assert browser.may_write
    told("set-role", ANN, "recruiter")  # which they have
    assert browser.is_in
    told("set-role", ANN, "hiring_manager")
    browser.log_in(ANN)
    assert (browser.is_in, browser.may_write) == (True, False)


def test_a_new_password_ends_the_session_of_the_old_one(runtime: Runtime) -> None:
    make(ANN, Role.ADMIN)
    browser = Browser(runtime)
    browser.log_in(ANN)
    made = told("set-password", ANN).split()[-1]
    assert not browser.is_in
    assert not browser.log_in(ANN)
    assert browser.log_in(ANN, made)
    assert told("set-password", ANN, "--password-stdin", typed="one of my own\n") == f"{ANN} has another password.\n"
    assert not browser.is_in
    assert browser.log_in(ANN, "one of my own")


def test_who_has_lost_the_phone_logs_in_without_it_again(runtime: Runtime) -> None:
    make(ANN, Role.ADMIN)
    with unit_of_work(runtime) as work:
        user = user_of_email(work, ANN)
        code = pyotp.HOTP(begin_second_factor(work, user)).at(int(runtime.clock.now().timestamp()) // 30)
        confirm_second_factor(work, user, code, by=COMMAND_LINE, but=None)
    browser = Browser(runtime)
    assert browser.log_in(ANN)
    assert not browser.is_in
    assert told("remove-second-factor", ANN) == f"{ANN} logs in with the password alone.\n"
    assert browser.log_in(ANN)
    assert browser.is_in
    assert isinstance(refused("remove-second-factor", "nobody@example.org"), NotFound)


@pytest.mark.parametrize("typed", ["", "\n", "short\n", "x" * 201])
def test_a_password_that_is_too_short_or_too_long_is_refused(runtime: Runtime, typed: str) -> None:
    make(ANN, Role.ADMIN)
    error = refused("set-password", ANN, "--password-stdin", typed=typed)
    assert isinstance(error, InvalidEvent)
    assert "8 to 200 characters" in str(error)
    assert Browser(runtime).log_in(ANN)


@pytest.mark.parametrize("words", [("disable", ANN), ("set-role", ANN, "recruiter"), ("disable", "ANN@EXAMPLE.ORG")])
def test_the_last_admin_who_may_log_in_is_kept_with_the_remedy_in_the_error(
    runtime: Runtime, words: tuple[str, ...]
) -> None:
    make(ANN, Role.ADMIN)
    make(BEN, Role.ADMIN)
    told("disable", BEN)
    error = refused(*words)
    assert isinstance(error, Conflict)
    assert "callboard users set-role EMAIL admin" in str(error)
    with reading(runtime) as work:
        first = list_users(work)[0]
    assert (first.email, first.role, first.disabled_at) == (ANN, Role.ADMIN, None)
    told("set-role", ANN, "admin")
    told("enable", BEN)
    told(*words)
    assert isinstance(refused("disable", BEN), Conflict)


def test_who_is_no_admin_may_be_changed_while_there_is_one(runtime: Runtime) -> None:
    make(ANN, Role.ADMIN)
    make(BEN, Role.VIEWER)
    told("set-role", BEN, "recruiter")
    told("disable", BEN)


def test_of_two_admins_who_are_disabled_at_once_one_stays(build_runtime: Build) -> None:
    first, second = build_runtime(), build_runtime()
    with unit_of_work(first) as work:
        for email in (ANN, BEN):
            create_user(work, email, Role.ADMIN, PASSWORD)
    errors = []

    def disable_the_other() -> None:
        try:
            with unit_of_work(second) as work:
                set_role(work, BEN, Role.VIEWER)
        except Conflict as error:
            errors.append(error)

    other = threading.Thread(target=disable_the_other)
    with unit_of_work(first) as work:
        disable_user(work, ANN)
        other.start()
        wait_until(lambda: not other.is_alive() or somebody_waits(first))
    other.join(20)
    assert len(errors) == 1
    with reading(first) as work:
        assert [user.email for user in list_users(work) if user.role == "admin" and not user.disabled_at] == [BEN]


@pytest.mark.parametrize("words", [("disable",), ("enable",), ("set-password",), ("set-role", "admin")])
def test_a_user_who_is_not_there_is_told(runtime: Runtime, words: tuple[str, ...]) -> None:
    make(ANN, Role.ADMIN)
    error = refused(words[0], "nobody@example.org", *words[1:])
    assert isinstance(error, NotFound)
    assert "callboard users list" in str(error)


ODD = [
    "ann@exa mple.org",
    "a nn@example.org",
    "a@x\nb",
    "a\x1b[31m@example.org",
    "a\udcff@example.org",
    "ann",
    "@",
    "a@b@c",
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("email", ODD)
def test_an_address_with_blanks_or_control_characters_is_refused(runtime: Runtime, email: str) -> None:
    error = refused("create", email, "--role", "admin")
    assert isinstance(error, InvalidEvent)
    assert error.field == "email"
    assert str(error).isprintable()
    assert isinstance(refused("disable", email), NotFound)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["Ann\nBEN", "\x1b]0;pwned\x07", "\udcff"])
def test_a_name_with_control_characters_is_refused(runtime: Runtime, name: str) -> None:
    error = refused("create", ANN, "--role", "admin", "--name", name)
    assert isinstance(error, InvalidEvent)
    assert error.field == "name"
    make(ANN, Role.ADMIN)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_password_that_is_not_utf_8_is_refused_in_a_line(runtime: Runtime) -> None:
    make(ANN, Role.ADMIN)
    result = CliRunner().invoke(
        callboard, ["users", "set-password", ANN, "--password-stdin"], input=b"long enough \xff\n"
    )
    assert isinstance(result.exception, InvalidEvent)
    assert str(result.exception) == "a password is text in UTF-8"
    assert (
        told("set-password", ANN, "--password-stdin", typed="ein gutes Paßwort\r\n") == f"{ANN} has another password.\n"
    )
    assert Browser(runtime).log_in(ANN, "ein gutes Paßwort")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_was_made_with_a_line_break_in_the_address_breaks_no_table_and_can_be_disabled(runtime: Runtime) -> None:
    make(ANN, Role.ADMIN)
    make(BEN, Role.VIEWER)
    with unit_of_work(runtime) as work:
        work.connection.execute(update(User).where(User.email == BEN).values(email="a@x\nb", name="\u202eneB\x1b[31m"))
    assert told("list").splitlines()[2].split()[:2] == ["a@x\\nb", "\\u202eneB\\x1b[31m"]
    told("disable", "a@x\nb")
