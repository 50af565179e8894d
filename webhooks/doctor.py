"""`callboard doctor`: every setting, where it came from, what is wrong with it, and whether what it names is there.

It changes nothing and makes nothing, and never shows a secret.
"""

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import RedisError
from sqlalchemy import exists, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.mail import MailFault, SmtpTransport
from bot.audit import verify_chain
from bot.channels import TWILIO
from bot.channels.base import ChannelKind, LookupFailed, MessageStatus
from bot.channels.error_codes import explain, refuses_credentials, stops_sender
from bot.channels.twilio_account import ask_account, looks_like_account, looks_like_token
from bot.clock import SystemClock
from bot.db import Database, open_database
from bot.migrate import is_current
from bot.models import Channel, Message
from bot.queue import connect
from bot.settings import NOT_READ_YET, SettingRow, missing_database, remedy_for_missing
from bot.settings.mail_values import smtp_server
from bot.settings.public_address import LOOPBACK, in_clear, unreachable
from bot.settings.secret_key import secret_key_of

LATELY = timedelta(minutes=2)
"""A sender that is refused is tried each minute, and paused anew."""
ASKING_SECONDS = 5.0
REFUSED = frozenset({401, 403})


class Mark(StrEnum):
    """What a remark means."""

    WRONG = "✗"
    """It will not work like this."""
    LOOK = "!"
    FINE = "✓"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a setting."""

    setting: str
    text: str
    mark: Mark = Mark.WRONG


def examine(found: Mapping[str, Any], unknown: tuple[str, ...]) -> tuple[Remark, ...]:
    """Try what the settings name. *found* holds the values that could be read, by the setting's name."""
    database = _database(found["DATABASE_URL"], found["TWILIO_ACCOUNT_SID"], _secret_key(found))
    looks = (*_data_folder(found["CALLBOARD_DATA_DIR"]), *database, *_redis(found["REDIS_URL"]),
             *_mail(found["SMTP_URL"]), *_address(found), *_account(found))  # fmt: skip
    return (*looks, *(Remark(name, _unread(name), Mark.LOOK) for name in unknown))


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
                yield f"{'':32} {remark.mark} {remark.text}"
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
        yield Remark(name, "the folder is not there yet: callboard up makes it", Mark.LOOK)
        return
    except OSError as error:
        yield Remark(name, f"the folder cannot be read ({error.strerror}): let the user who runs Callboard own it")
        return
    if key_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Remark(name, f"others may read the key that signs sessions: chmod 600 {folder / 'secret_key'}")
    if mode & stat.S_IRWXO:
        yield Remark(name, f"everybody on this machine may look into it: chmod 700 {folder}", Mark.LOOK)


def _secret_key(found: Mapping[str, Any]) -> str | None:
    """Return the key in force: the one given, or kept in the data folder."""
    folder, given = found["CALLBOARD_DATA_DIR"], found["CALLBOARD_SECRET_KEY"]
    if given or folder is None:
        return given or None
    try:
        return secret_key_of(folder).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _database(url: str | None, account: str | None, secret_key: str | None) -> Iterator[Remark]:
    name = "DATABASE_URL"
    if url is None:
        return
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if file := missing_database(url):
            yield Remark(name, remedy_for_missing(file), Mark.LOOK)
            return
    else:
        parsed = parsed.update_query_dict({"connect_timeout": "5"})
    database = open_database(parsed.render_as_string(hide_password=False))
    try:
        if not is_current(database):
            yield Remark(name, "its tables are not up to date: run callboard db upgrade")
        else:
            yield from _senders(database)
            yield from _audit(database, secret_key) if secret_key else ()
            yield from () if account else _waiting_for_twilio(database)
    except SQLAlchemyError as error:
        yield Remark(
            name, f"the database cannot be used ({type(error).__name__}): is it running, is the address right?"
        )
    finally:
        database.engine.dispose()


def _audit(database: Database, secret_key: str) -> Iterator[Remark]:
    """Go through the seals of the audit log."""
    verdict = verify_chain(database, secret_key)
    if verdict.broken_at:
        text = (
            f"the audit log is not what was written: entry {verdict.broken_at} of its chain was changed or taken out, "
            "or CALLBOARD_SECRET_KEY was another when it was sealed. Compare it with a backup"
        )
        yield Remark("DATABASE_URL", text)
    elif verdict.sealed:
        yield Remark("DATABASE_URL", f"the audit log is as it was written (entries: {verdict.sealed})", Mark.FINE)


def _senders(database: Database) -> Iterator[Remark]:
    """Tell of each sender of ours that the provider has refused in these minutes, and has taken nothing from since."""
    lately = SystemClock().now() - LATELY
    refused = select(Channel.kind, Channel.address, Channel.pause_cause).where(
        Channel.active, Channel.paused_until > lately, ~exists().where(*_WENT_WELL)
    )
    with database.read() as connection:
        channels = connection.execute(refused).all()
    codes = {code for _, _, code in channels if code}
    if refused_with := next(filter(refuses_credentials, sorted(codes)), None):
        text = f"the processes that run were refused lately ({refused_with}): restart them where it was changed since"
        yield Remark("TWILIO_AUTH_TOKEN", text, Mark.LOOK)
    for kind, address, code in channels:
        if code and stops_sender(code) and not refuses_credentials(code):
            text = f"the provider refuses it ({code}): {explain(code).in_words} Until then its messages wait."
            yield Remark(_SERVICE if address.startswith("MG") else _SENDERS[ChannelKind(kind)], text)


def _waiting_for_twilio(database: Database) -> Iterator[Remark]:
    """Tell of what was to go over Twilio and cannot, as it was disconnected."""
    waiting = (
        select(func.count())
        .select_from(Message)
        .join(Channel, Channel.id == Message.channel_id)
        .where(Channel.provider == TWILIO, Message.status == MessageStatus.QUEUED, ~Message.held)
    )
    with database.read() as connection:
        count = connection.execute(waiting).scalar_one()
    if count:
        text = (
            f"messages that wait for Twilio, which is not connected here: {count}. Put its settings back, and they go;"
            " or withdraw or archive their applications, and they are taken back"
        )
        yield Remark("TWILIO_ACCOUNT_SID", text, Mark.LOOK)


_WENT_WELL = (
    Message.channel_id == Channel.id,
    Message.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)),
    Message.sent_at >= Channel.paused_until,
)
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


def _mail(url: str | None) -> Iterator[Remark]:
    """Ask the mail server whether it would have us; nothing is sent."""
    if url is None:
        return
    try:
        SmtpTransport(smtp_server(url), "localhost").check()
    except MailFault as error:
        yield Remark("SMTP_URL", str(error))
    else:
        yield Remark("SMTP_URL", "the server answers", Mark.FINE)


def _address(found: Mapping[str, Any]) -> Iterator[Remark]:
    """A provider out in the world must be able to call back."""
    public, provider = found["CALLBOARD_PUBLIC_URL"], found["TWILIO_API_BASE"]
    if not found["TWILIO_ACCOUNT_SID"] or public is None or provider is None:
        return
    if problem := unreachable(public, provider):
        yield Remark("CALLBOARD_PUBLIC_URL", problem)
    elif problem := in_clear(public, provider):
        yield Remark("CALLBOARD_PUBLIC_URL", problem, Mark.LOOK)


def _account(found: Mapping[str, Any]) -> Iterator[Remark]:
    """Ask Twilio whether it takes id and token. What has another form than Twilio's is not shown to it."""
    account, token, base = found["TWILIO_ACCOUNT_SID"], found["TWILIO_AUTH_TOKEN"], found["TWILIO_API_BASE"]
    if not account or not token or base is None:
        return
    odd = [] if urlsplit(base).hostname in LOOPBACK else list(_odd_forms(account, token))
    yield from odd or [_answer_about(account, token, base)]


def _odd_forms(account: str, token: str) -> Iterator[Remark]:
    """Tell what is a placeholder, or half of what was to be copied."""
    where = "copy it from Account Info in Twilio's console"
    if not looks_like_account(account):
        yield Remark("TWILIO_ACCOUNT_SID", f"this is no account: AC and 32 digits 0 to 9 and a to f; {where}")
    if not looks_like_token(token):
        yield Remark("TWILIO_AUTH_TOKEN", f"this is no token: a token has 32 digits 0 to 9 and a to f; {where}")


def _answer_about(account: str, token: str, base: str) -> Remark:
    try:
        ask_account(account, token, api_base=base, timeout=ASKING_SECONDS)
    except LookupFailed as error:
        if error.status in REFUSED:
            remedy = "copy account and token anew from Account Info in Twilio's console"
            return Remark("TWILIO_AUTH_TOKEN", f"refused ({error.status}): {remedy}")
        # an answer that refuses is none of Twilio's; where there is none, Twilio or the way to it may be down for now
        return Remark("TWILIO_API_BASE", str(error), Mark.WRONG if error.status else Mark.LOOK)
    return Remark("TWILIO_AUTH_TOKEN", "accepted", Mark.FINE)
