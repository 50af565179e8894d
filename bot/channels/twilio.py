"""WhatsApp and SMS through Twilio.

Creating a message is not idempotent (https://www.twilio.com/docs/api/errors/20500), so nothing is ever
repeated here; the parameters follow https://www.twilio.com/docs/messaging/api/message-resource.
"""

import logging
from collections.abc import Callable
from typing import Any

from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]

from bot.channels.base import ChannelKind, OutcomeUnknown, OutgoingMessage, Rejected, Sent
from bot.channels.twilio_account import make_client
from bot.channels.twilio_addresses import with_prefix
from bot.channels.twilio_content import (
    ContentCache,
    SessionContents,
    Widget,
    cache_key,
    content_variables,
    session_variables,
    widget_for,
)
from bot.channels.twilio_errors import ODD, provider_code, refusal
from bot.channels.twilio_lookups import SID
from bot.channels.twilio_templates import TwilioTemplates
from bot.log import log_event
from flows.limits import BODY

_LOG = logging.getLogger(__name__)

MEDIA = {ChannelKind.WHATSAPP: 1, ChannelKind.SMS: 10}  # WhatsApp drops all attachments but the first
SHORTEST_VALIDITY, LONGEST_VALIDITY = 6, 36_000  # seconds; 5 or less is advised against, 10 hours is the most
STALE_CONTENT = frozenset({"21655", "21656"})  # the resource is gone, or does not take these values
DEAD_ON_ARRIVAL = frozenset({"failed", "undelivered"})


class TwilioSender(TwilioTemplates):
    """The wire out through one Twilio account; implements `MessageSender`, safe to share between threads."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        callback_url: Callable[[str], str],
        contents: ContentCache,
        api_base: str = "https://api.twilio.com",
        content_base: str = "https://content.twilio.com",
        messaging_service_sid: str = "",
        timeout: float = 10.0,
    ) -> None:
        self._account_sid = account_sid
        self._callback_url = callback_url
        self._service = messaging_service_sid
        client = make_client(account_sid, auth_token, api_base=api_base, content_base=content_base, timeout=timeout)
        super().__init__(client)
        self._options = SessionContents(contents, self._create_content, timeout=timeout)

    def __repr__(self) -> str:
        return f"TwilioSender({self._account_sid})"

    def send(self, message: OutgoingMessage) -> Sent:
        """Hand *message* over. Raises `ValueError` for one that breaks a limit, else as the protocol says."""
        widget = None if message.template else widget_for(message)
        if widget is not None:
            return self._send_with_options(message, widget)
        content = _template_fields(message) if message.template else _text_fields(message)
        return self._create(message, content)

    def _send_with_options(self, message: OutgoingMessage, widget: Widget) -> Sent:
        """Send buttons or a list; where Twilio will not have them, the same question with numbered lines.

        Nothing has been sent yet when the resource cannot be made, so falling back is safe even if the
        answer to that request was lost: at worst an unused resource remains.
        """
        key = cache_key(self._account_sid, message, widget)
        try:
            sid = self._options.sid_for(message, widget, key)
            return self._create(
                message, {"content_sid": sid, "content_variables": session_variables(_clean(message.text))}
            )
        except Rejected as rejected:
            if isinstance(rejected, _ContentRefused):
                log_event(_LOG, "buttons_refused", level=logging.WARNING, message=message.public_id, error=rejected)
            elif rejected.code in STALE_CONTENT:
                self._options.forget(key)
            else:
                raise
        return self._create(message, _text_fields(message))

    def _create_content(self, request: dict[str, Any]) -> str:
        try:
            created = self._contents.create(ContentList.ContentCreateRequest(request))
            sid = created.sid
        except TwilioException as error:
            raise _ContentRefused("refused", code=provider_code(error)) from None
        except (OutcomeUnknown, *ODD) as error:
            raise _ContentRefused(f"no usable answer ({type(error).__name__})", code="") from None
        if not isinstance(sid, str) or not SID.fullmatch(sid):
            raise _ContentRefused("no sid in the answer", code="")
        return sid

    def _create(self, message: OutgoingMessage, content: dict[str, Any]) -> Sent:
        what = f"message {message.public_id}"
        fields = {**self._envelope(message), **content}
        try:
            created = self._messages.create(**fields)
        except TwilioException as error:
            raise refusal(error, what) from None
        except ODD as error:
            raise OutcomeUnknown(f"Twilio's answer about {what} cannot be read: {type(error).__name__}") from None
        if not isinstance(created.sid, str) or not SID.fullmatch(created.sid):
            raise OutcomeUnknown(f"Twilio's answer about {what} holds no sid")
        if created.status in DEAD_ON_ARRIVAL:  # no callback tells of a message's first status
            code = str(created.error_code or "")
            raise Rejected(f"Twilio gave up {what} at once: {code}", code=code)
        return Sent(created.sid, str(created.status or ""), _segments(created.num_segments))

    def _envelope(self, message: OutgoingMessage) -> dict[str, Any]:
        """Say who writes to whom, how long it is worth sending, and where to tell us of its fate."""
        envelope: dict[str, Any] = {
            "to": _clean(with_prefix(message.kind, message.to)),
            "status_callback": self._callback_url(message.public_id),
        }
        if message.sender != self._service:  # a channel known by its service alone leaves the sender to it
            envelope["from_"] = _clean(with_prefix(message.kind, message.sender))
        if self._service and message.kind is ChannelKind.SMS:
            envelope["messaging_service_sid"] = self._service
        if message.valid_for is not None:
            seconds = int(message.valid_for.total_seconds())
            envelope["validity_period"] = min(max(seconds, SHORTEST_VALIDITY), LONGEST_VALIDITY)
        return envelope


class _ContentRefused(Rejected):
    """Twilio did not make the resource for a set of options."""


def _template_fields(message: OutgoingMessage) -> dict[str, Any]:
    template = message.template
    if template is None or not template.content_sid:
        raise ValueError("a template without a sid cannot be sent")
    fields = {"content_sid": template.content_sid}
    if template.variables:
        fields["content_variables"] = content_variables(template.variables)
    return fields


def _text_fields(message: OutgoingMessage) -> dict[str, Any]:
    text = _clean(message.numbered_text or message.text) if message.options else _clean(message.text)
    if len(text) > BODY:
        raise ValueError(f"a text of {len(text)} characters is over {BODY}")
    if len(message.media) > MEDIA[message.kind]:
        raise ValueError(f"{len(message.media)} attachments are over {MEDIA[message.kind]}")
    if not text and not message.media:
        raise ValueError("a message needs a text or an attachment")
    fields: dict[str, Any] = {"body": text} if text else {}
    if message.media:
        fields["media_url"] = [_clean(media.url) for media in message.media]
    return fields


def _clean(text: str) -> str:
    """Replace halves of surrogate pairs, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode()


def _segments(value: Any) -> int:
    """Read the number of segments; Twilio says 0 while a Messaging Service has not chosen a sender."""
    text = str(value)
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1
