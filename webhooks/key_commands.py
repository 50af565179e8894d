"""`callboard keys create | list | rotate | revoke`: who may call the REST API."""

from datetime import timedelta

import click

from bot.errors import InvalidEvent
from bot.intake.keys import SCOPES, KeyRow, choose_key, create_key, list_keys, revoke_key, rotate_key
from bot.work import reading, unit_of_work
from flows.durations import parse_duration
from flows.one_line import in_one_line
from webhooks.ready import installation
from webhooks.tabulated import moment_cell, tabulated

HEAD = ("ID", "NAME", "BEGINS", "SCOPES", "CREATED", "LAST USED", "EXPIRES", "REVOKED")


@click.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may do; all without it.")
@click.option("--expires", "lasts", metavar="DURATION", help="How long it lasts, such as P90D; for ever without it.")
def create_key_command(name: str, scopes: tuple[str, ...], lasts: str | None) -> None:
    """Make a key and print it, alone on the last line. It cannot be shown again."""
    with installation() as runtime, unit_of_work(runtime) as work:
        expires_at = work.now + _duration(lasts) if lasts else None
        key = create_key(work, name, scopes, expires_at=expires_at)
    click.echo(key)


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise InvalidEvent(str(error), field="expires") from None


@click.command("list")
def list_keys_command() -> None:
    """List the keys: what each may do, and when it was last used. Times are in UTC."""
    with installation() as runtime, reading(runtime) as work:
        found = list_keys(work)
    if not found:
        click.echo("There are no keys yet: callboard keys create NAME makes one.")
        return
    for line in tabulated(HEAD, map(_cells, found)):
        click.echo(line)


def _cells(key: KeyRow) -> tuple[str, ...]:
    times = map(moment_cell, (key.created_at, key.last_used_at, key.expires_at, key.revoked_at))
    return (str(key.id), key.name, key.prefix or "–", ",".join(key.scopes), *times)


@click.command("rotate")
@click.argument("id_or_name")
@click.option("--overlap", default="P1D", show_default=True, metavar="DURATION", help="How long both are taken.")
def rotate_key_command(id_or_name: str, overlap: str) -> None:
    """Make a key in the place of another and print it, alone on the last line. The other ends after a while."""
    with installation() as runtime, unit_of_work(runtime) as work:
        old = choose_key(work, id_or_name)
        key = rotate_key(work, old.public_id, old_ends_at=work.now + _duration(overlap))
    click.echo(key)


@click.command("revoke")
@click.argument("id_or_name")
def revoke_key_command(id_or_name: str) -> None:
    """Revoke a key, by its id or its name: it is refused from the next request on."""
    with installation() as runtime, unit_of_work(runtime) as work:
        key = revoke_key(work, id_or_name)
    click.echo(f"Key {key.id} ({in_one_line(key.name)}) is revoked.")
