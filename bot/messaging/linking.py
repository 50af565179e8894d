"""Media over SMS: attached where MMS can be sent, and elsewhere written under their caption as a link."""

from bot.channels.base import ChannelKind
from bot.messaging.thread import Thread
from bot.phones import regions_of
from bot.rendering import Rendered, split_text
from flows.limits import BODY

MMS = frozenset({"US", "CA", "AU"})
"""The countries to which MMS goes: https://www.twilio.com/docs/messaging/guides/accepted-mime-types"""


def goes_as_link(rendered: Rendered, kind: ChannelKind, thread: Thread) -> bool:
    """Say whether what is attached cannot travel to that number, so that its address goes as text."""
    if rendered.media is None or kind is not ChannelKind.SMS:
        return False
    return MMS.isdisjoint(regions_of(thread.phone) if thread.phone else ())


def with_link(rendered: Rendered) -> list[str]:
    """Return the texts that stand for a message with a medium; the last of them holds its address."""
    address = rendered.media.url if rendered.media else ""
    whole = f"{rendered.text}\n{address}".strip()
    return [whole] if len(whole) <= BODY else [*split_text(rendered.text), address]
