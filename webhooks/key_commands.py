"""`callboard keys create | list | revoke`: who may call the REST API."""

import click

from bot.intake.keys import SCOPES, KeyRow, create_key, list_keys, revoke_key
from bot.work import reading, unit_of_work
from flows.one_line import in_one_line
from webhooks.ready import installation
from webhooks.tabulated import moment_cell, tabulated

HEAD = ("ID", "NAME", "SCOPES", "CREATED", "LAST USED", "REVOKED")


@click.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may do; all without it.")
def create_key_command(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key and print it, alone on the last line. It cannot be shown again."""
    with installation() as runtime, unit_of_work(runtime) as work:
        key = create_key(work, name, scopes)
    click.echo(key)


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
    times = map(moment_cell, (key.created_at, key.last_used_at, key.revoked_at))
    return (str(key.id), key.name, ",".join(key.scopes), *times)


@click.command("revoke")
@click.argument("id_or_name")
def revoke_key_command(id_or_name: str) -> None:
    """Revoke a key, by its id or its name: it is refused from the next request on."""
    with installation() as runtime, unit_of_work(runtime) as work:
        key = revoke_key(work, id_or_name)
    click.echo(f"Key {key.id} ({in_one_line(key.name)}) is revoked.")
