"""Comparing the provider's lists with ours: messages that never reached us, statuses that stand still, templates."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.channels import TWILIO
from bot.channels.base import ChannelKind, InboundMessage, LookupFailed, MessageStatus, RemoteTemplate, StatusUpdate
from bot.channels.twilio_statuses import our_status
from bot.dialogue.inbox import Receipt, receive_alone
from bot.dialogue.statuses import take_news
from bot.failpoints import crash_point
from bot.log import log_event
from bot.models import Channel, Message, MessageTemplate
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
    ever. The backlog counts its attempts.
    """
    with reading(runtime) as work:
        channels = work.connection.execute(
            select(Channel.id, Channel.kind, Channel.provider, Channel.address, Channel.looked_at).where(Channel.active)
        ).all()
        now = work.now
    recovered, all_asked = 0, True
    for channel in channels:
        since = (channel.looked_at or now - FIRST_LOOK) - OVERLAP
        kind = ChannelKind(channel.kind)
        try:
            listed = runtime.senders[channel.provider].received_by(channel.address, kind, since)
            missed = _unknown(runtime, channel.id, listed)
        except LookupFailed as error:
            log_event(_LOG, "lookup_failed", level=logging.WARNING, error=error)
            all_asked = False
            continue
        missed.sort(key=lambda inbound: inbound.sent_at or now)
        recovered += sum(receive_alone(runtime, channel.provider, m) is not Receipt.DUPLICATE for m in missed)
        crash_point("reconcile_stored")
        with unit_of_work(runtime) as work:
            looked = update(Channel).where(Channel.id == channel.id).values(looked_at=now)
            work.connection.execute(looked)
    if recovered:
        runtime.tallies.add("callboard_reconcile_recovered", recovered, {"what": "inbound"})
    return all_asked


def _unknown(runtime: Runtime, channel_id: int, listed: Iterable[InboundMessage]) -> list[InboundMessage]:
    """Return those that we do not have. Most we have: they are asked for in groups, not one by one."""
    waiting, found = iter(listed), list[InboundMessage]()
    while group := list(islice(waiting, AT_ONCE)):
        ids = [inbound.provider_id for inbound in group]
        with reading(runtime) as work:
            have = select(Message.provider_id).where(Message.channel_id == channel_id, Message.provider_id.in_(ids))
            known = set(work.connection.execute(have).scalars())
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


def refresh_templates(runtime: Runtime) -> int:
    """Read the provider's templates with their approval; return how many there are, 0 where it cannot be asked."""
    sender = runtime.senders.get(TWILIO)
    if sender is None:
        return 0
    try:
        listed = list(sender.templates())
    except LookupFailed as error:
        log_event(_LOG, "lookup_failed", level=logging.WARNING, error=error)
        return 0
    with unit_of_work(runtime) as work:
        for template in listed:
            _keep_template(work, template)
    return len(listed)


def _keep_template(work: Work, template: RemoteTemplate) -> None:
    dialect = sqlite if work.runtime.database.is_sqlite else postgresql
    values = {
        "content_sid": template.content_sid,
        "status": template.status,
        "category": template.category,
        "body": template.body,
        "variables": list(template.variables),
        "rejection_reason": template.rejection_reason,
        "seen_at": work.now,
    }
    statement = dialect.insert(MessageTemplate).values(name=template.name, language=template.language, **values)
    work.connection.execute(statement.on_conflict_do_update(index_elements=["name", "language"], set_=values))
