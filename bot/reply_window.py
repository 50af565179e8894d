"""WhatsApp's window: free text only within 24 hours of the person's last message to us (Twilio error 63016)."""

from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
MARGIN = timedelta(minutes=10)
"""Their clock decides, not ours, and a message takes its time through the outbox."""


def closes_at(written_at: datetime) -> datetime:
    """Return until when free text is safe after a message written at that moment."""
    return written_at + WINDOW - MARGIN


def has_closed(until: datetime | None, now: datetime) -> bool:
    """Say whether free text is certain to be refused, of a window that was open until then: past the margin as well."""
    return until is None or now >= until + MARGIN
