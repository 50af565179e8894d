"""The client of one Twilio account, and whether Twilio takes the account's id and token."""

import re

from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.twilio_errors import asking
from bot.channels.twilio_http import Transport

_ACCOUNT = re.compile(r"AC[0-9a-f]{32}", re.ASCII | re.IGNORECASE)
_TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII | re.IGNORECASE)


def make_client(account_sid: str, auth_token: str, *, api_base: str, content_base: str, timeout: float) -> Client:
    """Return the SDK's client, over our transport and with these addresses, whatever the environment says."""
    # not empty, or the SDK reads the process's own, and a region there would mangle the bases
    environment = {"TWILIO_EDGE": ""}
    client = Client(account_sid, auth_token, http_client=Transport(timeout), environment=environment)
    client.api.base_url, client.content.base_url = api_base.rstrip("/"), content_base.rstrip("/")
    return client


def looks_like_account(account_sid: str) -> bool:
    """Tell whether this has the form of an account's id."""
    return _ACCOUNT.fullmatch(account_sid) is not None


def looks_like_token(auth_token: str) -> bool:
    """Tell whether this has the form of an account's token."""
    return _TOKEN.fullmatch(auth_token) is not None


def ask_account(account_sid: str, auth_token: str, *, api_base: str, timeout: float) -> None:
    """Ask Twilio for one message of the account, as that takes the rights that we need. Raises `LookupFailed`.

    Nothing of the answer is kept.
    """
    with asking("the account"):
        client = make_client(account_sid, auth_token, api_base=api_base, content_base=api_base, timeout=timeout)
        client.api.v2010.account.messages.page(page_size=1)
