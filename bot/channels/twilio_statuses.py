"""Twilio's words for the fate of a message, and ours."""

from bot.channels.base import MessageStatus

# Twilio's word (lower case) → ours. None moves nothing: the create answer has already said as much.
# https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
STATUSES: dict[str, MessageStatus | None] = {
    "accepted": None,
    "scheduled": None,
    "queued": None,
    "sending": None,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "partially_delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "undelivered": MessageStatus.FAILED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.CANCELLED,
    "receiving": None,
    "received": None,
}


def our_status(word: str) -> MessageStatus | None:
    """Translate Twilio's *word*, in any case; None for one that moves nothing or is unknown."""
    return STATUSES.get(word.strip().lower())
