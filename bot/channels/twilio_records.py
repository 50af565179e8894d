"""Reads what Twilio lists: messages in both directions, their media, templates with their approval.

One item that cannot be read is logged and left out; it never hides the others.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bot.channels.base import InboundMessage, Media, ProviderRecord, RemoteTemplate
from bot.channels.storing import storable
from bot.channels.twilio_addresses import media_kind, without_prefix
from bot.channels.twilio_content import FRIENDLY_PREFIX
from bot.channels.twilio_errors import ODD
from bot.log import log_event

_LOG = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"\{\{\s*(\w{1,64})\s*\}\}")


def pages(first: Any, follow: Callable[[str], Any], base: str) -> Iterator[Any]:
    """Yield *first* and the pages after it.

    The next page's address is taken from *base*, not from the answer, so the credentials go nowhere else.
    """
    page, seen = first, set[str]()
    while page is not None:
        yield page
        onward = page.next_page_url
        if not onward or onward in seen:
            return
        seen.add(onward)
        parts = urlsplit(onward)
        page = follow(f"{base.rstrip('/')}{parts.path}?{parts.query}")


def items(page: Any, odd: list[Exception] | None = None) -> Iterator[Any]:
    """Yield what a page holds, without the entries that the SDK cannot build; what is wrong with them goes to *odd*."""
    while True:
        try:
            yield next(page)
        except StopIteration:
            return
        except ODD as error:
            log_event(_LOG, "twilio_entry_unreadable", level=logging.WARNING, error=error)
            if odd is not None:
                odd.append(error)


def read_record(entry: Any) -> ProviderRecord | None:
    """Turn one message of a list into a record; None if it lacks what makes a message."""
    try:
        inbound = entry.direction == "inbound"
        kind, to = without_prefix(entry.to or "")
        # a Messaging Service that has yet to choose a sender leaves it out of what it lists
        sender = without_prefix(entry.from_)[1] if inbound or entry.from_ else ""
        created = _moment(entry)
        if not isinstance(entry.sid, str) or created is None:
            raise ValueError("no sid or no date")
        return ProviderRecord(
            provider_id=entry.sid,
            inbound=inbound,
            kind=kind,
            sender=sender,
            to=to,
            text=str(entry.body or ""),
            status=str(entry.status or ""),
            error_code=str(entry.error_code or ""),
            created_at=created,
            segments=_count(entry.num_segments) or 1,
            media_count=_count(entry.num_media),
        )
    except ODD as error:
        sid = getattr(entry, "sid", "?")
        log_event(_LOG, "twilio_entry_unreadable", level=logging.WARNING, provider_id=str(sid), error=error)
        return None


def inbound_of(record: ProviderRecord) -> InboundMessage:
    """Turn a listed message into what its webhook would have brought, as far as the list tells: no attachments."""
    return InboundMessage(
        provider_id=record.provider_id,
        kind=record.kind,
        sender=record.sender,
        to=record.to,
        text=storable(record.text),
        media_to_ask_for=record.media_count > 0,
        segments=record.segments,
        sent_at=record.created_at,
    )


def read_media(entry: Any, base: str) -> Media | None:
    """Turn one entry of a message's media list into the attachment; its address is the one to fetch."""
    if not isinstance(entry.uri, str) or not entry.uri.startswith("/"):
        log_event(_LOG, "twilio_entry_unreadable", level=logging.WARNING, kind="attachment")
        return None
    content_type = str(entry.content_type or "")
    address = base.rstrip("/") + entry.uri.removesuffix(".json")
    return Media(url=address, kind=media_kind(content_type), content_type=content_type)


def read_template(entry: Any, odd: list[Exception]) -> RemoteTemplate | None:
    """Turn one entry of ContentAndApprovals into a template; None for our own buttons and for odd entries."""
    name, sid = entry.friendly_name, entry.sid
    if not isinstance(name, str) or not isinstance(sid, str) or not name or not sid:
        log_event(_LOG, "twilio_entry_unreadable", level=logging.WARNING, kind="template")
        odd.append(ValueError("no name or no sid"))
        return None
    if name.startswith(FRIENDLY_PREFIX):
        return None
    approval = entry.approval_requests if isinstance(entry.approval_requests, dict) else {}
    types = entry.types if isinstance(entry.types, dict) else {}
    return RemoteTemplate(
        name=name,
        language=str(entry.language or ""),
        content_sid=sid,
        status=str(approval.get("status") or "unsubmitted").lower(),
        category=str(approval.get("category") or ""),
        body=_body(types, str(approval.get("content_type") or "")),
        variables=_variables(types, entry.variables),
        rejection_reason=storable(str(approval.get("rejection_reason") or "")),
        samples=_samples(entry.variables),
        buttons=_buttons(types),
    )


def _body(types: dict[str, Any], submitted: str) -> str:
    """Take the text of the type that was submitted, else the plain text, else whichever there is."""
    for name in (submitted, "twilio/text", *types):
        content = types.get(name)
        if isinstance(content, dict):
            for part in ("body", "title"):
                if isinstance(content.get(part), str) and content[part]:
                    return str(content[part])
    return ""


def _samples(given: Any) -> dict[str, str]:
    pairs = given.items() if isinstance(given, dict) else ()
    return {str(name): storable(value) for name, value in pairs if isinstance(value, str)}


def _buttons(types: dict[str, Any]) -> tuple[str, ...]:
    """Return what is written on the buttons, of whichever type has any."""
    for content in types.values():
        actions = content.get("actions") if isinstance(content, dict) else None
        if isinstance(actions, list):
            titles = (action.get("title") for action in actions if isinstance(action, dict))
            return tuple(storable(title) for title in titles if isinstance(title, str))
    return ()


def _variables(types: dict[str, Any], samples: Any) -> tuple[str, ...]:
    """Name the blanks that the texts really hold; the samples only count where there is no text to read."""
    names = set(_PLACEHOLDER.findall(json.dumps(types, default=str)))
    if not types and isinstance(samples, dict):
        names = {str(name) for name in samples}
    return tuple(sorted(names, key=lambda name: (int(name) if name.isdecimal() else 10**6, name)))


def _moment(entry: Any) -> datetime | None:
    for moment in (entry.date_created, entry.date_sent, entry.date_updated):
        if isinstance(moment, datetime):
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _count(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
