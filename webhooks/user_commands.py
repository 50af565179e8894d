"""`callboard users …`: who may log in, and what they may do."""

import secrets
import sys

import click

from bot.audit import COMMAND_LINE
from bot.intake.second_factors import remove_second_factor
from bot.intake.user_changes import (
    UserRow,
    disable_user,
    enable_user,
    list_users,
    set_password,
    set_role,
    user_of_email,
)
from bot.intake.users import create_user
from bot.models import Role
from bot.settings import keeps_secret_key
from bot.work import reading, unit_of_work
from webhooks.own_name import own_name
from webhooks.ready import installation
from webhooks.tabulated import moment_cell, tabulated

HEAD = ("EMAIL", "NAME", "ROLE", "CREATED", "DISABLED")
ROLES = click.Choice([role.value for role in Role])

email_argument = click.argument("email")
password_stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input; without it one is made and printed."
)


@click.command("create")
@email_argument
@click.option("--role", type=ROLES, required=True)
@click.option("--name", default="", help="As candidates may read it.")
@password_stdin_option
def create_user_command(email: str, role: str, name: str, *, password_stdin: bool) -> None:
    """Make a user. Without --password-stdin a password is made and printed, once."""
    password = _password(from_stdin=password_stdin)
    with installation() as runtime, unit_of_work(runtime) as work:
        create_user(work, email, Role(role), password, name)
    click.echo(f"{email} may log in." + _shown(password, is_known=password_stdin))


@click.command("list")
def list_users_command() -> None:
    """List the users: their roles, and who is disabled. Times are in UTC."""
    with installation() as runtime, reading(runtime) as work:
        found = list_users(work)
    if not found:
        click.echo(f"There are no users yet: {own_name()} users create EMAIL --role admin makes one.")
        return
    for line in tabulated(HEAD, map(_cells, found)):
        click.echo(line)


def _cells(user: UserRow) -> tuple[str, ...]:
    return (user.email, user.name or "–", user.role, moment_cell(user.created_at), moment_cell(user.disabled_at))


@click.command("set-role")
@email_argument
@click.argument("role", type=ROLES)
def set_role_command(email: str, role: str) -> None:
    """Give a user another role, for which they log in anew. The last admin keeps theirs."""
    with installation() as runtime, unit_of_work(runtime) as work:
        set_role(work, email, Role(role))
    click.echo(f"{email} is {role} now, and logs in anew for it.")


@click.command("set-password")
@email_argument
@password_stdin_option
def set_password_command(email: str, *, password_stdin: bool) -> None:
    """Give a user another password; who is logged in with the old one is logged out."""
    password = _password(from_stdin=password_stdin)
    with installation() as runtime, unit_of_work(runtime) as work:
        set_password(work, email, password)
    click.echo(f"{email} has another password.{_lock_that_stays()}" + _shown(password, is_known=password_stdin))


@click.command("disable")
@email_argument
def disable_user_command(email: str) -> None:
    """Log a user out and refuse their log-in; nothing of theirs is deleted. The last admin cannot be disabled."""
    with installation() as runtime, unit_of_work(runtime) as work:
        disable_user(work, email)
    click.echo(f"{email} is logged out, and may not log in.")


@click.command("enable")
@email_argument
def enable_user_command(email: str) -> None:
    """Let a disabled user log in again, with the role and the password that they had."""
    with installation() as runtime, unit_of_work(runtime) as work:
        enable_user(work, email)
    click.echo(f"{email} may log in again.{_lock_that_stays()}")


@click.command("remove-second-factor")
@email_argument
def remove_second_factor_command(email: str) -> None:
    """Ask a user for no code any more, as their phone is lost; they are logged out everywhere."""
    with installation() as runtime, unit_of_work(runtime) as work:
        user = user_of_email(work, email)
        remove_second_factor(work, user.id, user.public_id, by=COMMAND_LINE)
    click.echo(f"{email} logs in with the password alone.")


def _password(*, from_stdin: bool) -> str:
    """Return the password that is typed, or one that is made. What is typed and no text is refused where it is kept."""
    if not from_stdin:
        return secrets.token_urlsafe(12)
    return sys.stdin.buffer.readline().rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _lock_that_stays() -> str:
    """Say that a lock after wrong passwords could not be lifted: it is noted under a hash that the key is part of."""
    if keeps_secret_key():
        return ""
    return (
        " If wrong passwords have locked the account, it stays so for up to 15 minutes: CALLBOARD_SECRET_KEY is unset."
    )


def _shown(password: str, *, is_known: bool) -> str:
    return "" if is_known else f" Password: {password}"
