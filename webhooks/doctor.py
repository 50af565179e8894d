"""`callboard doctor`: every setting, where it came from, what is wrong with it, and whether what it names is there.

It changes nothing and makes nothing, and never shows a secret.
"""

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import RedisError
from sqlalchemy import make_url, select
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import ChannelKind
from bot.channels.error_codes import explain, stops_sender
from bot.clock import SystemClock
from bot.db import Database, open_database
from bot.migrate import is_current
from bot.models import Channel
from bot.queue import connect
from bot.settings import NOT_READ_YET, SettingRow, missing_database, remedy_for_missing

LATELY = timedelta(minutes=2)
"""A sender that is refused is tried each minute, and paused anew."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a setting; *is_problem*: it will not work like this."""

    setting: str
    text: str
    is_problem: bool = True


def examine(found: Mapping[str, Any], unknown: tuple[str, ...]) -> tuple[Remark, ...]:
    """Try what the settings name. *found* holds the values that could be read, by the setting's name."""
    looks = (*_data_folder(found["CALLBOARD_DATA_DIR"]), *_database(found["DATABASE_URL"]), *_redis(found["REDIS_URL"]),
             *_address(found))  # fmt: skip
    return (*looks, *(Remark(name, _unread(name), is_problem=False) for name in unknown))


def _unread(name: str) -> str:
    if name in NOT_READ_YET:
        return f"it has no effect in this version: it is for {NOT_READ_YET[name]}, which comes later"
    return "nothing here reads this: is it misspelt?"


def lines_of(rows: tuple[SettingRow, ...], remarks: tuple[Remark, ...]) -> Iterator[str]:
    """Write each setting with what is to be said of it."""
    told = {row.name for row in rows}
    for row in rows:
        yield f"{row.name:32} {row.shown or '–':40} ({row.source})"
        if row.problem:
            yield f"{'':32} ✗ {row.problem}"
        for remark in remarks:
            if remark.setting == row.name:
                yield f"{'':32} {'✗' if remark.is_problem else '!'} {remark.text}"
    for remark in remarks:
        if remark.setting not in told:
            yield f"{remark.setting:32} ! {remark.text}"


def _data_folder(folder: Path | None) -> Iterator[Remark]:
    name = "CALLBOARD_DATA_DIR"
    if folder is None:
        return
    try:
        mode = folder.stat().st_mode
        key_mode = (folder / "secret_key").stat().st_mode if (folder / "secret_key").exists() else 0
    except FileNotFoundError:
        yield Remark(name, "the folder is not there yet: callboard up makes it", is_problem=False)
        return
    except OSError as error:
        yield Remark(name, f"the folder cannot be read ({error.strerror}): let the user who runs Callboard own it")
        return
    if key_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Remark(name, f"others may read the key that signs sessions: chmod 600 {folder / 'secret_key'}")
    if mode & stat.S_IRWXO:
        yield Remark(name, f"everybody on this machine may look into it: chmod 700 {folder}", is_problem=False)


def _database(url: str | None) -> Iterator[Remark]:
    name = "DATABASE_URL"
    if url is None:
        return
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if file := missing_database(url):
            yield Remark(name, remedy_for_missing(file), is_problem=False)
            return
    else:
        parsed = parsed.update_query_dict({"connect_timeout": "5"})
    database = open_database(parsed.render_as_string(hide_password=False))
    try:
        if not is_current(database):
            yield Remark(name, "its tables are not up to date: run callboard db upgrade")
        else:
            yield from _senders(database)
    except SQLAlchemyError as error:
        yield Remark(
            name, f"the database cannot be used ({type(error).__name__}): is it running, is the address right?"
        )
    finally:
        database.engine.dispose()


def _senders(database: Database) -> Iterator[Remark]:
    """Tell of each sender of ours that the provider has refused in these minutes, whoever was written to."""
    lately = SystemClock().now() - LATELY
    refused = select(Channel.kind, Channel.address, Channel.pause_cause).where(
        Channel.active, Channel.paused_until > lately
    )
    with database.read() as connection:
        channels = connection.execute(refused).all()
    for kind, address, code in channels:
        if code and stops_sender(code):
            text = f"the provider refuses it ({code}): {explain(code).in_words} Until then its messages wait."
            yield Remark(_SERVICE if address.startswith("MG") else _SENDERS[ChannelKind(kind)], text)


_SENDERS = {ChannelKind.WHATSAPP: "TWILIO_WHATSAPP_FROM", ChannelKind.SMS: "TWILIO_SMS_FROM"}
_SERVICE = "TWILIO_MESSAGING_SERVICE_SID"


def _redis(url: str | None) -> Iterator[Remark]:
    if url is None:
        return
    client = connect(url)
    try:
        client.ping()
    except (RedisError, OSError) as error:
        text = (
            f"it does not answer ({type(error).__name__}): start it, or unset this; until then all is a little slower"
        )
        yield Remark("REDIS_URL", text)
    finally:
        client.close()


def _address(found: Mapping[str, Any]) -> Iterator[Remark]:
    """A provider out in the world must be able to call back."""
    public, provider = found["CALLBOARD_PUBLIC_URL"], found["TWILIO_API_BASE"]
    if not found["TWILIO_ACCOUNT_SID"] or public is None or provider is None:
        return
    if urlsplit(public).hostname in LOOPBACK and urlsplit(provider).hostname not in LOOPBACK:
        yield Remark("CALLBOARD_PUBLIC_URL", "Twilio cannot reach this machine by that name: write its public address")
    elif public.startswith("http://") and urlsplit(provider).hostname not in LOOPBACK:
        yield Remark("CALLBOARD_PUBLIC_URL", "messages cross the net in clear: use https://", is_problem=False)
