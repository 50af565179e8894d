"""Whether a provider out in the world can call the address that it is given."""

from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HOOKS = "/webhooks/twilio/messages"
RETRIES = "#rc=3&rp=all"
"""Twilio tries three times more, whatever went wrong; without it once, and only where nobody answered."""


def messages_webhook(public_url: str) -> str:
    """Return the address to put into Twilio's console for what comes in."""
    return f"{public_url}{HOOKS}{RETRIES}"


def unreachable(public_url: str, provider_url: str) -> str:
    """Say why a provider cannot call back, nothing where it can as far as one sees from here."""
    if urlsplit(public_url).hostname in LOOPBACK and urlsplit(provider_url).hostname not in LOOPBACK:
        return "Twilio cannot reach this machine by that name: write its public address"
    return ""


def in_clear(public_url: str, provider_url: str) -> str:
    """Say that what is called back crosses the net for anybody to read, nothing where it does not."""
    if public_url.startswith("http://") and urlsplit(provider_url).hostname not in LOOPBACK:
        return "messages cross the net in clear: use https://"
    return ""
