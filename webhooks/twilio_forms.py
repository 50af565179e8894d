"""Reads the forms that Twilio posts: messages from candidates, and what became of ours.

Fields: https://www.twilio.com/docs/messaging/guides/webhook-request and
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status. Twilio adds fields without notice,
and some that are in use are documented nowhere, so whatever is odd is left out; only a message without an id
or an address is refused.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping

from bot.channels.base import ChannelKind, InboundMessage, Media, MessageStatus, StatusUpdate
from bot.channels.storing import storable
from bot.channels.twilio_addresses import WHATSAPP_PREFIX, media_kind, without_prefix
from bot.channels.twilio_statuses import our_status
from bot.errors import InvalidEvent

Form = Mapping[str, list[str]]

MOST_MEDIA = 32  # WhatsApp sends one, MMS ten
MOST_URL = 4096
MOST_SHORT = 256  # characters of a name, an id, a place
OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})

_MEDIA = {f"MediaUrl{number}": f"MediaContentType{number}" for number in range(MOST_MEDIA)}
_SID = re.compile(r"[A-Z]{2}[0-9A-Za-z]{1,62}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,6}", re.ASCII)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def form_of(fields: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather a form's fields by name; never raises. What is no UTF-8 becomes a replacement character.

    NUL goes: no database stores it.
    """
    form: dict[str, list[str]] = {}
    for name, value in fields:
        form.setdefault(storable(name), []).append(storable(value))
    return form


def read_inbound(form: Form) -> InboundMessage:
    """Read a message from a candidate. Raises `InvalidEvent` for one without id, sender or recipient."""
    kind, sender = _address(form, "From")
    recipient_kind, to = _address(form, "To")
    if recipient_kind is not kind:
        raise InvalidEvent("a message's From and To are on different channels", field="To")
    latitude, longitude = _position(form)
    return InboundMessage(
        provider_id=_message_sid(form),
        kind=kind,
        sender=sender,
        to=to,
        text=_first(form, "Body") or _first(form, "ButtonText") or _first(form, "ListTitle"),
        tapped=_tapped(form),
        media=_media(form),
        latitude=latitude,
        longitude=longitude,
        place=", ".join(part for part in (_short(form, "Label"), _short(form, "Address")) if part),
        external_id=_short(form, "ExternalUserId").removeprefix(WHATSAPP_PREFIX),
        profile_name=_short(form, "ProfileName"),
        replied_to=_short(form, "OriginalRepliedMessageSid"),
        opt_out_type=_opt_out_type(form),
        segments=max(_count(_first(form, "NumSegments")), 1),
        phone=_phone(form, kind, sender),
    )


def read_status(form: Form, public_id: str) -> StatusUpdate:
    """Read what became of our message *public_id*. Raises `InvalidEvent` where Twilio's id is missing."""
    word = (_short(form, "MessageStatus") or _short(form, "SmsStatus")).lower()
    status = our_status(word)
    if _short(form, "EventType").upper() == "READ":  # WhatsApp's receipt, whose status may still be an older one
        status = MessageStatus.READ
    code = _first(form, "ErrorCode").strip()
    return StatusUpdate(
        provider_id=_message_sid(form),
        provider_status=word,
        status=status,
        error_code=code if _DIGITS.fullmatch(code) and int(code) else "",
        public_id=public_id,
    )


def account_sid(form: Form) -> str:
    """Return the account that the form names, to be compared with ours."""
    return _short(form, "AccountSid")


def _message_sid(form: Form) -> str:
    sid = _first(form, "MessageSid") or _first(form, "SmsMessageSid") or _first(form, "SmsSid")
    if not _SID.fullmatch(sid):
        raise InvalidEvent("a message without a usable id", field="MessageSid")
    return sid


def _address(form: Form, name: str) -> tuple[ChannelKind, str]:
    try:
        return without_prefix(_first(form, name))
    except ValueError:
        raise InvalidEvent("a message without a usable address", field=name) from None


def _first(form: Form, name: str) -> str:
    values = form.get(name)
    return values[0] if values else ""


def _short(form: Form, name: str) -> str:
    return _first(form, name).strip()[:MOST_SHORT]


def _tapped(form: Form) -> str:
    """Find the id of what was tapped: a button's, a list item's, or the one in WhatsApp's own description."""
    return _short(form, "ButtonPayload") or _short(form, "ListId") or _interactive_id(form)


def _interactive_id(form: Form) -> str:
    """Look into InteractiveData, JSON such as `{"type": "list_reply", "list_reply": {"id": …}}`."""
    try:
        data = json.loads(_first(form, "InteractiveData") or "null")
    except (ValueError, RecursionError):
        return ""
    for name in ("button_reply", "list_reply", "ButtonReply", "ListReply"):
        reply = data.get(name) if isinstance(data, dict) else None
        found = reply.get("id", reply.get("Id")) if isinstance(reply, dict) else None
        if isinstance(found, str):
            return found.replace("\0", "").encode("utf-8", "replace").decode()[:MOST_SHORT]
    return ""


def _media(form: Form) -> tuple[Media, ...]:
    """Read the attachments that are there; NumMedia is text, and is not needed for it."""
    found = []
    for url_name in filter(form.__contains__, _MEDIA):
        url = _first(form, url_name).strip()
        if url.startswith(("https://", "http://")) and len(url) <= MOST_URL:
            content_type = _short(form, _MEDIA[url_name])
            found.append(Media(url=url, kind=media_kind(content_type), content_type=content_type))
    return tuple(found)


def _position(form: Form) -> tuple[float, float] | tuple[None, None]:
    try:
        latitude, longitude = float(_first(form, "Latitude")), float(_first(form, "Longitude"))
    except ValueError:
        return None, None
    inside = math.isfinite(latitude + longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if inside else (None, None)


def _opt_out_type(form: Form) -> str:
    word = _short(form, "OptOutType").upper()
    return word if word in OPT_OUT_TYPES else ""


def _phone(form: Form, kind: ChannelKind, sender: str) -> str:
    """Return the sender where it is a number, else the number that WhatsApp gives beside its opaque id."""
    number = sender
    if kind is ChannelKind.WHATSAPP and not sender.startswith("+"):
        number = "+" + _short(form, "WaId").removeprefix("+")
    return number if _PHONE.fullmatch(number) else ""


def _count(text: str) -> int:
    return int(text) if _DIGITS.fullmatch(text) else 0
