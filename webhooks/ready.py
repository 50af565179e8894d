"""What a command needs of the installation: its settings, and a database that is up to date."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from bot.channels import TWILIO
from bot.channels.base import ChannelKind
from bot.dialogue.reconciling import refresh_templates
from bot.errors import SettingsError
from bot.log import configure_logging
from bot.messaging.channels import set_up_channels, wanted_channels
from bot.migrate import is_current, upgrade
from bot.models import Channel
from bot.pipeline.switching import find_in_sandbox, leave_sandbox
from bot.runtime import Runtime, build
from bot.settings import Making, Settings, load_settings, missing_database
from bot.work import Work, unit_of_work
from webhooks.own_name import own_name


def settings_of_command(making: Making = Making.NOTHING) -> Settings:
    """Read the settings, and log as they say. Raises `SettingsError`, also where there is nothing to work with."""
    settings = load_settings(making)
    configure_logging(settings.log)
    return settings


@contextmanager
def installation() -> Iterator[Runtime]:
    """Give what a command works with. Raises `SettingsError`.

    Neither the schema nor our channels change: this shell may lack the settings that the running processes have, and
    they may be of another version.
    """
    runtime = build(settings_of_command())
    try:
        with _reached():
            current = is_current(runtime.database)
        if not current:
            remedy = f"stop what runs, and run `{own_name()} db upgrade`"
            raise SettingsError(f"the tables of the database are not those of this version: {remedy}")
        yield runtime
    finally:
        runtime.database.engine.dispose()


def make_ready(settings: Settings, *, may_leave_twilio: bool) -> tuple[Runtime, str]:
    """Bring the schema and our channels up to date; return what is to be said of the channels as well.

    Where Twilio is in use and the settings lack it, the channels stay, unless *may_leave_twilio*: messages would go to
    the sandbox phone, and be told as delivered. Raises `SettingsError` where the database cannot be reached.
    """
    if file := missing_database(settings.database_url):
        _make_private(file)
    runtime = build(settings)
    with _reached():
        runtime.database.engine.connect().close()
    upgrade(runtime.database)
    with unit_of_work(runtime) as work:
        told = _set_up_channels(work, may_leave_twilio=may_leave_twilio)
    return runtime, " ".join((told, *(_leave_sandbox(runtime) if settings.twilio_connected else ())))


def _make_private(file: Path) -> None:
    """Make the file of a new SQLite database its owner's alone, and so those beside it: SQLite lets all read them."""
    with suppress(OSError):  # SQLite is told the same, and then it is said to the operator
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))


def _set_up_channels(work: Work, *, may_leave_twilio: bool) -> str:
    in_use = select(Channel.id).where(Channel.active, Channel.provider == TWILIO).limit(1)
    leaves = not work.settings.twilio_connected and work.connection.execute(in_use).first() is not None
    if leaves and not may_leave_twilio:
        remedy = f"Disconnected on purpose? `{own_name()} db upgrade --without-twilio`"
        return f"Channels: Twilio's, as before, though the settings here do not name it. {remedy}"
    set_up_channels(work)
    if not work.settings.twilio_connected:
        return "Channels: the sandbox phone." + (" Twilio's, in use before, are switched off." if leaves else "")
    kinds = " and ".join(_NAMES[kind] for _, kind, _ in wanted_channels(work.settings))
    return f"Channels: Twilio {kinds}."


def _leave_sandbox(runtime: Runtime) -> Iterator[str]:
    """Let what ran on the sandbox phone hold nobody back. What waits behind it may need a template to be sent."""
    found = find_in_sandbox(runtime)
    knows_templates = not found or refresh_templates(runtime)
    able = [each for each in found if knows_templates or not each.somebody_waits]
    if ended := leave_sandbox(runtime, able):
        yield f"Campaigns that ran on the sandbox phone have ended, as they reached nobody: {ended}."
    if left := len(found) - len(able):
        again = f"see `{own_name()} doctor`, then run `{own_name()} db upgrade`"
        yield f"Candidates for whom another waits behind one: {left}. Twilio does not tell its templates: {again}."


_NAMES = {ChannelKind.WHATSAPP: "WhatsApp", ChannelKind.SMS: "SMS"}


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise SettingsError("the database cannot be used: is it running, and is DATABASE_URL right?") from error
