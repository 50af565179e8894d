"""Turns the exceptions of Twilio's SDK into ours.

Twilio's own words are left out of every message: they may hold a person's number.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

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
    code = str(_body_of_page(error).get("code", "") or getattr(error, "code", ""))
    return code if code.isascii() and code.isdigit() and len(code) >= 5 else f"http_{http_status(error) or ''}"


def http_status(error: Exception) -> int | None:
    """Return the status of the answer; the exception for a page of a list hides it in its arguments."""
    statuses = (getattr(error, "status", None), *(getattr(part, "status_code", None) for part in error.args))
    return next((status for status in statuses if isinstance(status, int)), None)


def _body_of_page(error: Exception) -> dict[str, Any]:
    for part in error.args:
        with suppress(*ODD):
            body = json.loads(part.text)
            return body if isinstance(body, dict) else {}
    return {}


def refusal(error: TwilioException, what: str) -> SendError:
    """Turn what the SDK raised for a create into ours; the transport has already judged all but a 4xx."""
    if not isinstance(error, TwilioRestException | TwilioServiceException):
        return OutcomeUnknown(f"Twilio's answer about {what} cannot be read: {type(error).__name__}")
    code = provider_code(error)
    if code == "20429":
        return RateLimited(f"{what} was refused as too fast", retry_after=SHORTEST_PAUSE)
    return Rejected(f"Twilio refused {what}: {code}", code=code)


def is_missing(error: TwilioException) -> bool:
    """Tell whether there is no such thing."""
    return http_status(error) == 404


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn whatever goes wrong in a look-up of *what* into `LookupFailed`."""
    try:
        yield
    except LookupFailed:
        raise
    except (SendError, TwilioException, *ODD) as error:
        status = http_status(error)
        raise LookupFailed(f"Twilio could not be asked for {what}: {_reason(error)}", status=status) from None


def _reason(error: Exception) -> str:
    status = http_status(error)
    if status is None or not isinstance(error, TwilioException):
        return str(error) if isinstance(error, SendError) else type(error).__name__
    code = provider_code(error)
    return f"HTTP {status}" if code.startswith("http_") else f"HTTP {status}, code {code}"
