"""Asks Twilio what it knows: messages in both directions, and templates."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.base import (
    ChannelKind,
    InboundMessage,
    LookupFailed,
    Media,
    ProviderRecord,
    RemoteTemplate,
    TemplateList,
)
from bot.channels.twilio_addresses import with_prefix
from bot.channels.twilio_errors import asking, is_missing
from bot.channels.twilio_records import inbound_of, items, pages, read_media, read_record, read_template

SERVICE = "MG"
"""What the id of a Messaging Service begins with."""
SID = re.compile(r"[A-Za-z0-9]{2,64}", re.ASCII)
MOST_SENT, MOST_RECEIVED = 2_000, 200_000
"""More than there can be in the time that is asked for; a bound for a list without an end."""


class TwilioLookups:
    """The half of `MessageSender` that asks."""

    def __init__(self, client: Client) -> None:
        self._bases = (client.api.base_url, client.content.base_url)
        self._messages = client.api.v2010.account.messages
        self._approvals = client.content.v1.content_and_approvals

    def fetch(self, provider_id: str) -> ProviderRecord | None:
        """Return one message as Twilio knows it, None if there is none. Raises `LookupFailed`."""
        if not SID.fullmatch(provider_id):
            return None
        with asking(f"message {provider_id}"):
            try:
                record = read_record(self._messages(provider_id).fetch())
            except TwilioException as error:
                if is_missing(error):
                    return None
                raise
        if record is None:
            raise LookupFailed(f"Twilio's answer about message {provider_id} cannot be read")
        return record

    def sent_to(self, to: str, kind: ChannelKind, since: datetime) -> Iterable[ProviderRecord]:
        """List what was created for *to* at or after *since*, whole seconds. Raises `LookupFailed`.

        The list is not filtered by DateSent: a message that still waits at Twilio has none, would look
        absent, and would be sent twice. It comes newest first, so reading stops at the first page that is
        too old altogether.
        """
        address, since = with_prefix(kind, to), since.replace(microsecond=0)
        found: list[ProviderRecord] = []
        with asking("messages sent to an address"):
            for page in self._message_pages(to=address, page_size=100):
                records = [record for entry in items(page) if (record := read_record(entry))]
                recent = [record for record in records if record.created_at >= since]
                found += (record for record in recent if not record.inbound and _is_to(record, kind, address))
                if records and not recent:
                    break
                if len(found) > MOST_SENT:
                    raise LookupFailed("more messages to one address than can be counted")
        return found

    def received_by(self, sender: str, kind: ChannelKind, since: datetime) -> Iterable[InboundMessage]:
        """List what came in for our address *sender* since then, without attachments. Raises `LookupFailed`.

        All or nothing: it comes newest first, and whoever had a part of it would take the rest for compared. What
        is sent to a Messaging Service comes in for one of its numbers, so that for the service there is nothing.
        """
        if sender.startswith(SERVICE):
            return []
        address, since = with_prefix(kind, sender), since.replace(microsecond=0)
        found: list[ProviderRecord] = []
        with asking("messages received"):
            for page in self._message_pages(to=address, date_sent_after=since, page_size=500):
                records = [record for entry in items(page) if (record := read_record(entry))]
                found += (record for record in records if record.inbound and _is_to(record, kind, address))
                if len(found) > MOST_RECEIVED:
                    raise LookupFailed(f"more than {MOST_RECEIVED} messages received, too many to compare")
            return [inbound_of(record) for record in found]

    def attachments(self, provider_id: str) -> tuple[Media, ...]:
        """List a message's attachments; none if they, or the message, have been deleted. Raises `LookupFailed`."""
        with asking(f"the attachments of {provider_id}"):
            try:
                page = self._messages(provider_id).media.page(page_size=20)
            except TwilioException as error:
                if is_missing(error):
                    return ()
                raise
            found = (read_media(entry, self._bases[0]) for entry in items(page))
            return tuple(media for media in found if media)

    def templates(self) -> TemplateList:
        """List all templates with their approval, without our own buttons. Raises `LookupFailed`."""
        read, odd = list[RemoteTemplate](), list[Exception]()
        with asking("templates"):
            for page in pages(self._approvals.page(page_size=500), self._approvals.get_page, self._bases[1]):
                read += (found for entry in items(page, odd) if (found := read_template(entry, odd)))
            came_to_an_end = not page.next_page_url
        return TemplateList(read, whole=came_to_an_end and not odd)

    def _message_pages(self, **filters: Any) -> Iterator[Any]:
        return pages(self._messages.page(**filters), self._messages.get_page, self._bases[0])


def _is_to(record: ProviderRecord, kind: ChannelKind, address: str) -> bool:
    return record.kind is kind and with_prefix(kind, record.to).casefold() == address.casefold()
