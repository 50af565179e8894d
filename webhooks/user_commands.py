"""`callboard users create`: who may log in."""

import secrets
import sys

import click

from bot.intake.users import create_user
from bot.models import Role
from bot.work import unit_of_work
from webhooks.ready import make_ready, settings_of_command


@click.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", default="", help="As candidates may read it.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user_command(email: str, role: str, name: str, *, password_stdin: bool) -> None:
    """Make a user. Without --password-stdin a password is made and printed, once."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    with unit_of_work(make_ready(settings_of_command())) as work:
        create_user(work, email, Role(role), password, name)
    click.echo(f"{email} may log in." + ("" if password_stdin else f" Password: {password}"))
