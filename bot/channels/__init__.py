"""The wire out: kinds of channel, and who sends on them."""

from collections.abc import Callable

from bot.channels.base import MessageSender
from bot.channels.sandbox import SANDBOX, SandboxSender
from bot.channels.twilio import TwilioSender
from bot.channels.twilio_content import ContentCache
from bot.settings import Settings

TWILIO = "twilio"
STATUS_PATH = "/webhooks/twilio/status/"


def build_senders(settings: Settings, contents: ContentCache) -> dict[str, MessageSender]:
    """Return a sender for each provider that is set up; the sandbox always is."""
    senders: dict[str, MessageSender] = {SANDBOX: SandboxSender()}
    if settings.twilio_account_sid and settings.twilio_auth_token:
        senders[TWILIO] = TwilioSender(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            api_base=settings.twilio_api_base,
            content_base=settings.twilio_content_base,
            callback_url=status_url(settings.public_url),
            messaging_service_sid=settings.twilio_messaging_service_sid or "",
            contents=contents,
        )
    return senders


def status_url(public_url: str) -> Callable[[str], str]:
    """Return what gives a message's callback address, with our own id in it."""
    return lambda public_id: f"{public_url}{STATUS_PATH}{public_id}"
