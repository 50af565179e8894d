"""Turns the exceptions of Twilio's SDK into ours.

Twilio's own words are left out of every message: they may hold a person's number.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)

from bot.channels.base import LookupFailed, OutcomeUnknown, RateLimited, Rejected, SendError
from bot.channels.twilio_http import SHORTEST_PAUSE

ODD = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
)  # an answer of another shape


def provider_code(error: TwilioException) -> str:
    """Name Twilio's own code; `http_<status>` where the answer held none.

    The SDK then repeats the HTTP status as the code; Twilio's codes have five digits.
    """
    code, status = str(getattr(error, "code", "")), str(getattr(error, "status", ""))
    return code if code.isascii() and code.isdigit() and len(code) >= 5 else f"http_{status}"


def refusal(error: TwilioException, what: str) -> SendError:
    """Turn what the SDK raised for a create into ours; the transport has already judged all but a 4xx."""
    if not isinstance(error, TwilioRestException | TwilioServiceException):
        return OutcomeUnknown(f"Twilio's answer about {what} cannot be read: {type(error).__name__}")
    code = provider_code(error)
    if code == "20429":
        return RateLimited(f"{what} was refused as too fast", retry_after=SHORTEST_PAUSE)
    return Rejected(f"Twilio refused {what}: {code}", code=code)


def is_missing(error: TwilioException) -> bool:
    """Tell whether there is no such thing; the exception for a page hides its status in its arguments."""
    statuses = {getattr(error, "status", None), *(getattr(part, "status_code", None) for part in error.args)}
    return 404 in statuses


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn whatever goes wrong in a look-up of *what* into `LookupFailed`."""
    try:
        yield
    except LookupFailed:
        raise
    except (SendError, TwilioException, *ODD) as error:
        reason = str(error) if isinstance(error, SendError) else type(error).__name__
        status = getattr(error, "status", "")
        raise LookupFailed(f"Twilio could not be asked for {what}: {reason} {status}".rstrip()) from None
