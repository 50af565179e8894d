"""Comparing the provider's lists with ours: messages that never reached us, statuses that stand still, templates."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from bot.channels import TWILIO
from bot.channels.base import ChannelKind, InboundMessage, LookupFailed, MessageStatus, RemoteTemplate, StatusUpdate
from bot.channels.twilio_statuses import our_status
from bot.dialogue.inbox import Reception, receive_alone
from bot.dialogue.statuses import take_news
from bot.failpoints import crash_point
from bot.log import log_event
from bot.messaging.submissions import follow_listed
from bot.messaging.templates import APPROVED
from bot.models import Channel, Message, MessageTemplate, Topic
from bot.runtime import Runtime
from bot.statements import Prepared, change_row
from bot.work import Work, reading, unit_of_work

OVERLAP = timedelta(minutes=10)
"""What was listed late, or by a clock that differs, is met again; a second copy changes nothing."""
FIRST_LOOK = timedelta(hours=24)
STANDS_STILL = timedelta(minutes=5)
AT_ONCE = 200

_LOG = logging.getLogger(__name__)


def reconcile_inbound(runtime: Runtime) -> bool:
    """Take in what was written to us and never arrived. False: the provider could not be asked everything.

    They are stored and not handled here: one that ended the process when it came would end this one too, for
    ever. The backlog counts its attempts. Numbers with which we do not send are asked about too: those of a
    Messaging Service are known by what they have received.
    """
    with reading(runtime) as work:
        asked = select(Channel.id, Channel.kind, Channel.provider, Channel.address, Channel.looked_at)
        channels = work.connection.execute(asked.where(Channel.provider.in_(runtime.senders))).all()
    answered = [_reconcile(runtime, channel) for channel in channels]
    return all(answered)


def _reconcile(runtime: Runtime, channel: Any) -> bool:
    now = runtime.clock.now()
    since = (channel.looked_at or now - FIRST_LOOK) - OVERLAP
    try:
        listed = runtime.senders[channel.provider].received_by(channel.address, ChannelKind(channel.kind), since)
        missed = _unknown(runtime, listed)
        again = _take_in(runtime, channel.provider, missed)
    except (LookupFailed, OperationalError) as error:
        log_event(_LOG, "lookup_failed", level=logging.WARNING, channel=channel.id, kind=channel.kind, error=error)
        return False
    crash_point("reconcile_stored")
    with unit_of_work(runtime) as work:
        looked = update(Channel).where(Channel.id == channel.id).values(looked_at=min([now, *again]))
        work.connection.execute(looked)
    return not again


def _take_in(runtime: Runtime, provider: str, missed: list[InboundMessage]) -> list[datetime]:
    """Store each by itself; return when those were written that are to be asked for again, for a day."""
    now, again, recovered = runtime.clock.now(), list[datetime](), 0
    for inbound in sorted(missed, key=lambda inbound: inbound.sent_at or now):
        written_at = inbound.sent_at or now
        last_time = written_at <= now - FIRST_LOOK
        try:
            whole = _with_attachments(runtime, provider, inbound, last_time=last_time)
            recovered += receive_alone(runtime, provider, whole) is not Reception.DUPLICATE
        except OperationalError:
            raise  # the database is busy, for the others too
        except Exception as error:  # noqa: BLE001  the others must come in all the same
            log_event(_LOG, "inbound_not_taken_in", level=logging.ERROR, provider_id=inbound.provider_id, error=error)
            again += [] if last_time else [written_at]
    if recovered:
        runtime.tallies.add("callboard_reconcile_recovered", recovered, {"what": "inbound"})
    return again


def _with_attachments(runtime: Runtime, provider: str, inbound: InboundMessage, *, last_time: bool) -> InboundMessage:
    """Ask for what the list leaves out. Raises `LookupFailed`; the last time the words must do."""
    if not inbound.media_to_ask_for:
        return inbound
    try:
        media = runtime.senders[provider].attachments(inbound.provider_id)
    except LookupFailed:
        if not last_time:
            raise
        log_event(_LOG, "attachments_lost", level=logging.ERROR, provider_id=inbound.provider_id)
        media = ()
    return replace(inbound, media=media, media_to_ask_for=False)


def _unknown(runtime: Runtime, listed: Iterable[InboundMessage]) -> list[InboundMessage]:
    """Return those that we do not have. Most we have: they are asked for in groups, not one by one."""
    waiting, found = iter(listed), list[InboundMessage]()
    while group := list(islice(waiting, AT_ONCE)):
        ids = [inbound.provider_id for inbound in group]
        with reading(runtime) as work:
            known = set(
                work.connection.execute(select(Message.provider_id).where(Message.provider_id.in_(ids))).scalars()
            )
        found += [inbound for inbound in group if inbound.provider_id not in known]
    return found


def refresh_statuses(runtime: Runtime) -> bool:
    """Ask for the fate of what has been `sent` for long without a receipt. False: the provider could not be asked."""
    with reading(runtime) as work:
        rows = _STANDING_STILL.all(work.connection, before=work.now - STANDS_STILL, most=AT_ONCE)
    for row in rows:
        try:
            _refresh(runtime, row)
        except LookupFailed as error:
            log_event(_LOG, "lookup_failed", level=logging.WARNING, message=row.public_id, error=error)
            return False
        except Exception as error:  # noqa: BLE001  the others stand still all the same
            log_event(_LOG, "status_not_refreshed", level=logging.ERROR, message=row.public_id, error=error)
    return True


# who was asked about longest ago comes first, so that each has its turn, however many there are
_STANDING_STILL = Prepared(
    lambda _: (
        select(Message.id, Message.public_id, Message.provider_id, Channel.provider)
        .join(Channel, Channel.id == Message.channel_id)
        .where(Message.status == MessageStatus.SENT, Message.sent_at <= bindparam("before"))
        .where(Message.provider_id.is_not(None))
        .order_by(func.coalesce(Message.asked_at, Message.sent_at), Message.id)
        .limit(bindparam("most"))
    )
)


def _refresh(runtime: Runtime, row: Any) -> None:
    """Ask for the fate of one message. That it was asked for stays, even where it cannot be told."""
    with unit_of_work(runtime) as work:
        change_row(work.connection, Message, row.id, asked_at=work.now)
    sender = runtime.senders.get(row.provider)
    record = sender.fetch(row.provider_id) if sender else None
    if record is None:
        return
    news = StatusUpdate(row.provider_id, record.status, our_status(record.status), record.error_code, row.public_id)
    with unit_of_work(runtime) as work:
        take_news(work, row.id, news, cause=f"the provider lists it as {record.status}")


def refresh_templates(runtime: Runtime) -> bool:
    """Read the provider's templates with their approval. False: the provider could not be asked.

    What is not listed any more is forgotten, but only where the whole list was read.
    """
    sender = runtime.senders.get(TWILIO)
    if sender is None:
        return True
    began = runtime.clock.now()
    try:
        listed = sender.templates()
    except LookupFailed as error:
        log_event(_LOG, "lookup_failed", level=logging.WARNING, error=error)
        return False
    with unit_of_work(runtime) as work:
        before = _standing(work)
        for template in _one_of_each(listed.templates):
            _keep_template(work, template)
        if listed.whole:
            # what somebody else has seen meanwhile stays
            work.connection.execute(delete(MessageTemplate).where(MessageTemplate.seen_at < began))
        follow_listed(work, listed.templates, whole=listed.whole, since=began)
        if _standing(work) != before:
            work.changed(Topic.TEMPLATES, 0)
    return True


def _standing(work: Work) -> list[Any]:
    columns = (MessageTemplate.content_sid, MessageTemplate.status, MessageTemplate.category)
    return list(work.connection.execute(select(*columns).order_by(MessageTemplate.id)).all())


def _one_of_each(listed: Iterable[RemoteTemplate]) -> Iterable[RemoteTemplate]:
    """Choose among those of one name and language, of which the provider may keep several: one that may be sent."""
    ordered = sorted(listed, key=lambda template: template.status == APPROVED)
    return {(template.name, template.language): template for template in ordered}.values()


def _keep_template(work: Work, template: RemoteTemplate) -> None:
    dialect = sqlite if work.runtime.database.is_sqlite else postgresql
    values = {
        "content_sid": template.content_sid,
        "status": template.status,
        "category": template.category,
        "body": template.body,
        "variables": list(template.variables),
        "rejection_reason": template.rejection_reason,
        "samples": dict(template.samples),
        "buttons": list(template.buttons),
        "seen_at": work.now,
    }
    statement = dialect.insert(MessageTemplate).values(name=template.name, language=template.language, **values)
    work.connection.execute(statement.on_conflict_do_update(index_elements=["name", "language"], set_=values))
