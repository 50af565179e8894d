"""Our channels as rows: made from the settings, so that all processes share their pace and their pauses."""

import logging
from datetime import timedelta

from sqlalchemy import insert, or_, select, update

from bot.channels import TWILIO
from bot.channels.base import ChannelKind
from bot.channels.sandbox import PHONES, SANDBOX
from bot.log import log_event
from bot.models import Channel
from bot.settings import Settings
from bot.work import Work

SENDER_PAUSE = timedelta(minutes=1)
"""After a refusal that is the sender's own and not one candidate's; then one message finds out how things stand."""

_LOG = logging.getLogger(__name__)


def set_up_channels(work: Work) -> None:
    """Make the rows of the channels that the settings name, and use only those to send."""
    wanted = wanted_channels(work.settings)
    known = {
        (row.provider, row.kind, row.address): row.id
        for row in work.connection.execute(select(Channel.id, Channel.provider, Channel.kind, Channel.address))
    }
    work.connection.execute(update(Channel).values(active=False))
    for provider, kind, address in wanted:
        if (channel_id := known.get((provider, kind, address))) is not None:
            work.connection.execute(update(Channel).where(Channel.id == channel_id).values(active=True))
        else:
            values = {"provider": provider, "kind": kind, "address": address, "active": True, "failures": 0}
            work.connection.execute(insert(Channel).values(values))


def wanted_channels(settings: Settings) -> list[tuple[str, ChannelKind, str]]:
    """Return provider, kind and address of each channel: Twilio's where connected, else the sandbox's."""
    if not settings.twilio_connected:
        return [(SANDBOX, kind, address) for kind, address in PHONES.items()]
    sms = settings.twilio_sms_from or settings.twilio_messaging_service_sid
    senders = ((ChannelKind.WHATSAPP, settings.twilio_whatsapp_from), (ChannelKind.SMS, sms))
    return [(TWILIO, kind, address) for kind, address in senders if address]


def pause_channel(work: Work, channel_id: int, delay: timedelta, cause: str) -> None:
    """Let nothing go over a channel for a while. A pause that lasts longer stands, with its cause."""
    until = work.now + delay
    work.connection.execute(
        update(Channel)
        .where(Channel.id == channel_id, or_(Channel.paused_until.is_(None), Channel.paused_until < until))
        .values(paused_until=until, pause_cause=cause)
    )


def rest_sender(work: Work, channel_id: int, code: str) -> None:
    """Pause a channel whose sender the provider stops or slows, and say so in the log."""
    pause_channel(work, channel_id, SENDER_PAUSE, code)
    kind = work.connection.execute(select(Channel.kind).where(Channel.id == channel_id)).scalar_one()
    log_event(_LOG, "sender_paused", level=logging.WARNING, channel=channel_id, kind=kind, code=code)
