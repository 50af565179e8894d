"""Buttons and lists inside a WhatsApp session, and the values of approved templates.

Twilio sends both from Content resources (https://www.twilio.com/docs/content). Within the 24-hour window
one that is not approved will do, so a question's buttons need a resource but no approval. It is made once for
each set of options; the question itself travels as its only variable.
"""

import hashlib
import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

from bot.channels.base import ChannelKind, NotSent, Option, OutgoingMessage
from flows.limits import BUTTON_LABEL, BUTTONS, INTERACTIVE_BODY, LIST_ITEMS, LIST_LABEL, OPTION_ID

FRIENDLY_PREFIX = "callboard_options_"  # marks the resources made here; they are not offered as templates
_SAMPLE = "Which one suits you?"


class ContentCache(Protocol):
    """Remembers which Content resource holds a set of options. Shared by threads, at best by processes."""

    def get(self, key: str) -> str | None:
        """Return the resource's sid; None or "" if there is none."""
        ...

    def put(self, key: str, sid: str) -> None:
        """Remember *sid*; an empty one forgets the key."""
        ...


class Widget(StrEnum):
    """How options can be tapped."""

    BUTTONS = "twilio/quick-reply"
    LIST = "twilio/list-picker"


def widget_for(message: OutgoingMessage) -> Widget | None:
    """Choose how to show *message*'s options; None if they must be written into the text.

    Limits: three buttons of 20 characters in a session without approval
    (https://www.twilio.com/docs/content/twilio-quick-reply), a list of ten items of 24 characters
    (https://www.twilio.com/docs/content/twiliolist-picker).
    """
    options, text = message.options, message.text.strip()
    if message.kind is not ChannelKind.WHATSAPP or message.media or not _tappable(options):
        return None
    if not text or len(message.text) > INTERACTIVE_BODY:
        return None
    longest = max(len(option.label) for option in options)
    if len(options) <= BUTTONS and longest <= BUTTON_LABEL:
        return Widget.BUTTONS
    fits = len(options) <= LIST_ITEMS and longest <= LIST_LABEL
    return Widget.LIST if fits and 0 < len(message.list_label.strip()) <= BUTTON_LABEL else None


def _tappable(options: tuple[Option, ...]) -> bool:
    labels = {option.label.strip() for option in options}
    ids = {option.id for option in options}
    return (
        bool(options)
        and "" not in labels | ids
        and len(labels) == len(ids) == len(options)  # WhatsApp refuses two equal labels in one message
        and all(len(option.id) <= OPTION_ID for option in options)
    )


def content_request(message: OutgoingMessage, widget: Widget, key: str) -> dict[str, Any]:
    """Describe the resource for *message*'s options; a plain text stands beside them for channels without."""
    shown: dict[str, Any]
    match widget:
        case Widget.BUTTONS:
            actions = [{"type": "QUICK_REPLY", "title": option.label, "id": option.id} for option in message.options]
            shown = {"body": "{{1}}", "actions": actions}
        case Widget.LIST:
            items = [{"item": option.label, "id": option.id} for option in message.options]
            shown = {"body": "{{1}}", "button": message.list_label.strip(), "items": items}
    return {
        "friendly_name": FRIENDLY_PREFIX + key[-12:],
        "language": message.language,
        "variables": {"1": _SAMPLE},
        "types": {widget.value: shown, "twilio/text": {"body": "{{1}}"}},
    }


def cache_key(account_sid: str, message: OutgoingMessage, widget: Widget) -> str:
    """Name the set of options; another account has resources of its own."""
    options = [(option.id, option.label) for option in message.options]
    label = message.list_label.strip() if widget is Widget.LIST else ""
    parts = [account_sid, message.language, widget.value, options, label]
    return "options:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class SessionContents:
    """Finds, or has made, the resource for a set of options; one creation at a time for each set."""

    def __init__(self, cache: ContentCache, create: Callable[[dict[str, Any]], str], *, timeout: float) -> None:
        self._cache = cache
        self._create = create
        self._timeout = timeout
        self._making: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def sid_for(self, message: OutgoingMessage, widget: Widget, key: str) -> str:
        """Return the sid. Raises what *create* raises; `NotSent` if another thread is still busy with it."""
        known = self._cache.get(key)
        if known:
            return known
        lock = self._making[key]
        if not lock.acquire(timeout=self._timeout):
            raise NotSent("the buttons' Content resource is still being made")
        try:
            return self._cache.get(key) or self._make(message, widget, key)
        finally:
            lock.release()

    def forget(self, key: str) -> None:
        """Drop a resource that the provider no longer knows."""
        self._cache.put(key, "")

    def _make(self, message: OutgoingMessage, widget: Widget, key: str) -> str:
        sid = self._create(content_request(message, widget, key))
        self._cache.put(key, sid)
        return sid


def content_variables(variables: Mapping[str, str]) -> str:
    """Write a template's values as the JSON that Twilio wants (error 21656 otherwise).

    WhatsApp refuses line breaks, tabs and four spaces in a row inside a value: a run of blanks becomes one.
    """
    return json.dumps({name: re.sub(r"\s+", " ", value).strip() for name, value in variables.items()})


def session_variables(text: str) -> str:
    """Write the question above buttons as the only variable; inside a session its line breaks may stay."""
    return json.dumps({"1": text})
