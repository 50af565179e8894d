"""Addresses and kinds of media as Twilio writes them, and as we do."""

import re

from bot.channels.base import ChannelKind, MediaKind

WHATSAPP_PREFIX = "whatsapp:"
# E.164, a short code, an alphanumeric sender, or WhatsApp's opaque id (up to 128 characters)
_ADDRESS = re.compile(r"\+?[0-9A-Za-z][0-9A-Za-z._-]{0,139}", re.ASCII)


def with_prefix(kind: ChannelKind, address: str) -> str:
    """Write *address* as Twilio wants it; an opaque WhatsApp id gets no plus."""
    if kind is ChannelKind.WHATSAPP and not address.startswith(WHATSAPP_PREFIX):
        return WHATSAPP_PREFIX + address
    return address


def without_prefix(address: str) -> tuple[ChannelKind, str]:
    """Split Twilio's writing into kind and plain address. Raises `ValueError` for any other channel."""
    kind = ChannelKind.WHATSAPP if address.startswith(WHATSAPP_PREFIX) else ChannelKind.SMS
    plain = address.removeprefix(WHATSAPP_PREFIX).strip()
    if not _ADDRESS.fullmatch(plain):
        raise ValueError("not the address of a phone or of a WhatsApp user")
    return kind, plain


def media_kind(content_type: str) -> MediaKind:
    """Say what a content type is; whatever is no picture, film or sound is a document."""
    try:
        return MediaKind(content_type.strip().partition("/")[0].lower())
    except ValueError:
        return MediaKind.DOCUMENT
