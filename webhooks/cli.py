"""The command line."""

import secrets
import sys
from collections.abc import Callable
from datetime import UTC
from threading import Event

import click

from bot.dialogue.demonstration import set_up_demonstration
from bot.errors import BotError
from bot.intake.users import SCOPES, KeyRow, create_key, create_user, list_keys, revoke_key, user_count
from bot.log import configure_logging
from bot.messaging.channels import set_up_channels
from bot.migrate import upgrade
from bot.models import Role
from bot.queue import MESSAGES
from bot.queue import SWEEPS as SWEEPS_QUEUE
from bot.runtime import Runtime, build
from bot.settings import Settings, explain_settings, found_settings, load_settings, unknown_settings
from bot.sweeps import SWEEPS
from bot.ticker import run_clock
from bot.work import Work, unit_of_work
from bot.worker import run_worker
from webhooks.doctor import examine, lines_of
from webhooks.flow_commands import flow
from webhooks.serve import LOOPBACK, check_port, serve
from webhooks.up import up


@click.group()
def callboard() -> None:
    """Stage campaigns over WhatsApp and SMS."""


callboard.add_command(flow)


def main() -> None:
    """Run the command; an error of ours is told in a line."""
    try:
        callboard(standalone_mode=True)
    except BotError as error:
        click.echo(f"callboard: {error}", err=True)
        sys.exit(1)


def _settings() -> Settings:
    settings = load_settings()
    configure_logging(settings.log)
    return settings


def _ready(settings: Settings) -> Runtime:
    """Bring the schema and our channels up to date."""
    runtime = build(settings)
    upgrade(runtime.database)
    with unit_of_work(runtime) as work:
        set_up_channels(work)
    return runtime


@callboard.command("up")
def up_command() -> None:
    """Run everything on this machine: web, workers and clock, on embedded stores unless told otherwise."""
    settings = _settings()
    check_port(settings.port)  # before anything is made
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    runtime = _ready(settings)
    set_up_demonstration(runtime)
    up(settings, greet=lambda write: greet(runtime, write))


def greet(runtime: Runtime, write: Callable[[str], None]) -> None:
    """Write where Callboard runs and how to log in; make the first admin, if there is nobody yet.

    It is written before the admin is kept, so that no password is in force that was never shown.
    """
    with unit_of_work(runtime) as work:
        write(_welcome(runtime.settings, _first_admin(work)))


def _first_admin(work: Work) -> str:
    if user_count(work):
        return "  Log in as before. Forgotten? callboard users create EMAIL --role admin"
    password = secrets.token_urlsafe(9)
    create_user(work, "admin@example.org", Role.ADMIN, password, "Admin")
    return f"  Log in as admin@example.org with the password {password}   (shown only now)"


def _welcome(settings: Settings, log_in: str) -> str:
    base = f"http://localhost:{settings.port}"
    channel = (
        "Twilio is connected." if settings.twilio_connected else "No Twilio account: messages go to the sandbox phone."
    )
    return "\n".join(
        ("", f"Callboard runs on {base}", f"  Talk to it on the sandbox phone: {base}/sandbox", log_in, f"  {channel}",
         "  Ctrl-C stops it.", "")
    )  # fmt: skip


@callboard.command("serve")
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
def serve_command(host: str) -> None:
    """Run the web server alone."""
    serve(_settings(), host=host)


@callboard.command("worker")
@click.argument("queue", type=click.Choice([MESSAGES, SWEEPS_QUEUE]))
def worker_command(queue: str) -> None:
    """Run a worker of one queue."""
    stopping = Event()
    run_worker(_settings(), queue, lambda settings: build(settings, stopping), stopping=stopping)


@callboard.command("clock")
def clock_command() -> None:
    """Run the clock, which wakes what falls due."""
    stopping = Event()
    runtime = build(_settings(), stopping)
    run_clock(runtime, SWEEPS, runtime.queue, stopping=stopping)


@callboard.group("db")
def database() -> None:
    """The database."""


@database.command("upgrade")
def upgrade_command() -> None:
    """Bring the schema up to date, and our channels with it. Safe to run twice, and at once."""
    settings = _settings()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _ready(settings)
    click.echo("The database is up to date.")


@callboard.group("keys")
def keys() -> None:
    """Keys of the REST API."""


@keys.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may do; all without it.")
def create_key_command(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key and print it, alone on the last line. It cannot be shown again."""
    with unit_of_work(_ready(_settings())) as work:
        key = create_key(work, name, scopes)
    click.echo(key)


@keys.command("list")
def list_keys_command() -> None:
    """List the keys: what each may do, and when it was last used. Times are in UTC."""
    with unit_of_work(_ready(_settings())) as work:
        found = list_keys(work)
    if not found:
        click.echo("There are no keys yet: callboard keys create NAME makes one.")
        return
    rows = [("ID", "NAME", "SCOPES", "CREATED", "LAST USED", "REVOKED"), *(_cells(key) for key in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(key: KeyRow) -> tuple[str, ...]:
    moments = (key.created_at, key.last_used_at, key.revoked_at)
    times = (f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else "–" for moment in moments)
    return (str(key.id), key.name, ",".join(key.scopes), *times)


@keys.command("revoke")
@click.argument("id_or_name")
def revoke_key_command(id_or_name: str) -> None:
    """Revoke a key, by its id or its name: it is refused from the next request on."""
    with unit_of_work(_ready(_settings())) as work:
        key = revoke_key(work, id_or_name)
    click.echo(f"Key {key.id} ({key.name}) is revoked.")


@callboard.group("users")
def users() -> None:
    """People who may log in."""


@users.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", default="", help="As candidates may read it.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user_command(email: str, role: str, name: str, *, password_stdin: bool) -> None:
    """Make a user. Without --password-stdin a password is made and printed, once."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    with unit_of_work(_ready(_settings())) as work:
        create_user(work, email, Role(role), password, name)
    click.echo(f"{email} may log in." + ("" if password_stdin else f" Password: {password}"))


@callboard.command("doctor")
def doctor() -> None:
    """Print every setting, where it came from, and what is wrong with it."""
    rows = explain_settings()
    remarks = examine(found_settings(), unknown_settings())
    for line in lines_of(rows, remarks):
        click.echo(line)
    if any(row.problem for row in rows) or any(remark.is_problem for remark in remarks):
        sys.exit(1)
    click.echo("All is well." if not remarks else "All works; what is marked with ! deserves a look.")
