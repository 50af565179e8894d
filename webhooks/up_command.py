"""`callboard up`, as somebody types it: what is made first, and what is said of where to go and how to log in."""

import secrets
from collections.abc import Callable

import click
from sqlalchemy import make_url

from bot.dialogue.demonstration import set_up_demonstration
from bot.intake.user_changes import list_users
from bot.intake.users import create_user
from bot.models import Role
from bot.runtime import Runtime
from bot.settings import Making, Settings, missing_database
from bot.work import Work, unit_of_work
from webhooks.own_name import own_name
from webhooks.ready import make_ready, settings_of_command
from webhooks.serve import check_port
from webhooks.twilio import MESSAGES
from webhooks.up import up


@click.command("up")
def up_command() -> None:
    """Run everything on this machine: web, workers and clock, on embedded stores unless told otherwise."""
    settings = settings_of_command(Making.INSTALLATION)
    check_port(settings.port)  # before anything is made
    click.echo(what_begins(settings))
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    # what runs from here has these settings alone: without Twilio's it could not send over Twilio's channels
    runtime, channels = make_ready(settings, may_leave_twilio=True)
    click.echo(channels)
    set_up_demonstration(runtime)
    up(settings, greet=lambda write: greet(runtime, write))


def what_begins(settings: Settings) -> str:
    """Say which installation is made or started; only an SQLite database need be in the data folder."""
    if file := missing_database(settings.database_url):
        return f"Making a new installation in {file.parent} ..."
    database = make_url(settings.database_url)
    if database.get_backend_name() == "sqlite":
        return f"Starting Callboard, whose database is {database.database} ..."
    place = f"{database.database} on {database.host or 'this machine'}"
    return f"Starting Callboard, whose database is {place}; other files are in {settings.data_dir} ..."


def greet(runtime: Runtime, write: Callable[[str], None]) -> None:
    """Write where Callboard runs and how to log in; make the first admin, if there is nobody yet.

    It is written before the admin is kept, so that no password is in force that was never shown.
    """
    with unit_of_work(runtime) as work:
        write(_welcome(runtime.settings, _first_admin(work)))


def _first_admin(work: Work) -> str:
    users = list_users(work)
    if any(user.role == Role.ADMIN and not user.disabled_at for user in users):
        return f"  Log in as before. Forgotten? {own_name()} users set-password EMAIL"
    if users:
        return f"  Log in as before. There is no admin yet: {own_name()} users create EMAIL --role admin"
    password = secrets.token_urlsafe(9)
    create_user(work, "admin@example.org", Role.ADMIN, password, "Admin")
    return f"  Log in as admin@example.org with the password {password}   (shown only now)"


def _welcome(settings: Settings, log_in: str) -> str:
    base = f"http://localhost:{settings.port}"
    return "\n".join(("", f"Callboard runs on {base}", *_where_to_go(settings, base), log_in, "  Ctrl-C stops it.", ""))


def _where_to_go(settings: Settings, base: str) -> tuple[str, ...]:
    """Say where messages go. That Twilio is named does not mean that it was asked."""
    if not settings.twilio_connected:
        return (
            f"  Talk to it on the sandbox phone: {base}/sandbox",
            "  No Twilio account: messages go to the sandbox phone.",
        )
    return (
        f"  Look on: {base}/jobs",
        f"  Messages go to Twilio, account {settings.twilio_account_sid}. Does it accept us? {own_name()} doctor",
        f"  Twilio must call (POST) at each incoming message: {settings.public_url}{MESSAGES}#rc=3&rp=all",
    )
