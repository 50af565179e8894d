"""Explains a failed message to people, and tells the machinery what may follow from it."""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.channels.error_table import RETRIES, ROWS, STOPS, WAITS, Category

__all__ = [
    "CODES",
    "Category",
    "ErrorCode",
    "closes_window",
    "concerns_sender",
    "delay_after_stop",
    "explain",
    "falls_back",
    "in_history",
    "is_blocked",
    "is_opt_out",
    "marks_number",
    "refuses_media",
    "retry_delay",
    "slows_sender",
    "stops_sender",
    "wants_template",
]


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code in plain English: what happened, and what a recruiter can do."""

    code: str
    category: Category
    explanation: str
    remedy: str

    @property
    def in_words(self) -> str:
        """What happened and what to do, one after the other."""
        return f"{self.explanation} {self.remedy}"


CODES = {
    code: ErrorCode(code, category, explanation, remedy)
    for codes, category, explanation, remedy in ROWS
    for code in codes.split()
}

OPT_OUTS = frozenset(known.code for known in CODES.values() if known.category is Category.OPTED_OUT)
"""With these the candidate asked for silence."""

# No fallback after a block (63014, 63033) or an opt-out (21610): those mean stop, on whatever channel.
_FALLS_BACK = frozenset({"63003", "63016", "63024", "63032", "63036", "63049", "callboard_no_template"}) | frozenset(
    {"21612", "21614", "21635", "30006", "callboard_no_address"}  # from SMS: no mobile, perhaps on WhatsApp
    | {"21606", "21659", "30034"}  # from SMS: our number does not reach them, perhaps our WhatsApp does
)
_REFUSES_MEDIA = frozenset({"21612", "30011", "30019", "11751"})
_MARKS_NUMBER = frozenset({"21211", "21614", "21635", "30005", "30006"})
_NO_ROUTE, _NO_MEDIA = "21612", "30011"
_CREDENTIALS = {"20003", "http_401", "http_403"}
_ACCOUNT = {"30002", "63020", "63026"} | _CREDENTIALS
# Not 21606 and 30034: these are of one destination or one country, and the others are reached all the same.
_STOPS_SENDER = frozenset({"21212", "21659", "21703", "21704", "21705", "30032", "63007", "63008"} | _ACCOUNT)
_OF_COUNTRY_FOR_SHORT_CODES = "21659"
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_SLOWS_SENDER = frozenset({"20429", "21611", "30001", "30022", "30023", "30027", "60728", "63017", "63018", "63038"})


def explain(code: str, *, with_medium: bool = False) -> ErrorCode:
    """Describe *code*; one that is not in the table is named, with the provider's page about it.

    Of a message with an attachment, what the code says of the number may be true of attachments only.
    """
    known = CODES.get(_NO_MEDIA if with_medium and code == _NO_ROUTE else code)
    if known is not None:
        return known
    if code.startswith("http_"):
        explanation = f"The provider refused this without a reason (HTTP {code.removeprefix('http_')})."
        return ErrorCode(code, Category.UNKNOWN, explanation, "Send it again, or ask an administrator.")
    if not (code.isascii() and code.isdigit()):
        explanation = f"Not delivered (code {code})." if code else "Not delivered; the provider gave no reason."
        return ErrorCode(code, Category.UNKNOWN, explanation, "Send it again, or ask an administrator.")
    remedy = f"See https://www.twilio.com/docs/api/errors/{code} or ask an administrator."
    return ErrorCode(code, Category.UNKNOWN, f"Not delivered (code {code}).", remedy)


def in_history(code: str, done: str = "not delivered") -> str:
    """Say in the words of a history that something was not *done*, and why; a number of the provider's stands by."""
    words = explain(code).explanation.rstrip(".")
    said = words.removeprefix("Not delivered")
    if said != words:
        return f"{done}{said}"
    number = f" ({code})" if code in CODES and code.isdigit() else ""
    return f"{done}: {words}{number}"


def falls_back(code: str) -> bool:
    """Tell whether another channel may be tried; for 63016 and 63049 only where no template or wait helps."""
    return code in _FALLS_BACK


def is_opt_out(code: str) -> bool:
    """Tell whether the candidate asked for silence: to be recorded as their wish."""
    return explain(code).category is Category.OPTED_OUT


def is_blocked(code: str) -> bool:
    """Tell whether the person blocked us or must not be contacted: recorded like an opt-out, no fallback."""
    return explain(code).category is Category.BLOCKED


def closes_window(code: str) -> bool:
    """Tell whether WhatsApp says that the 24-hour window is closed, whatever our clock thinks."""
    return code == "63016"


def refuses_media(code: str) -> bool:
    """Tell whether, of an SMS with an attachment, the attachment alone may be what could not go."""
    return code in _REFUSES_MEDIA


def wants_template(code: str) -> bool:
    """Tell whether an approved template might go where this free text could not, in our own view or in WhatsApp's."""
    return closes_window(code) or code == "callboard_no_template"


def marks_number(code: str) -> bool:
    """Tell whether the number itself is at fault, so that nothing more is sent to it by SMS."""
    return code in _MARKS_NUMBER


def stops_sender(code: str, sender: str = "") -> bool:
    """Tell whether further sending from this sender is pointless until an administrator has acted.

    21659 says of a number that it is not ours, but of a short code that it does not reach that country.
    """
    if code == _OF_COUNTRY_FOR_SHORT_CODES and _SHORT_CODE.fullmatch(sender):
        return False
    return code in _STOPS_SENDER


def refuses_credentials(code: str) -> bool:
    """Tell whether the account's id or token was refused, whichever sender it was."""
    return code in _CREDENTIALS


def slows_sender(code: str) -> bool:
    """Tell whether this sender goes too fast or has reached a limit of its own."""
    return code in _SLOWS_SENDER


def concerns_sender(code: str, sender: str = "") -> bool:
    """Tell whether whoever is written to next would meet the same: the sender must rest, its messages wait."""
    return stops_sender(code, sender) or slows_sender(code)


def delay_after_stop(attempt: int) -> timedelta | None:
    """Say how long after failure number *attempt* (from 1) by a stopped sender a new message may follow."""
    return STOPS[attempt - 1] if 1 <= attempt <= len(STOPS) else None


def retry_delay(code: str, attempt: int) -> timedelta | None:
    """Say how long after failure number *attempt* (from 1) a new message may follow; None: do not.

    Only for failures reported by the provider (status failed or undelivered). The caller adds jitter, and
    asks again whether the text is still wanted: each retry is a new message with checks of its own.
    """
    match explain(code).category:
        case Category.RETRY:
            delays = RETRIES.get(code, RETRIES[""])
        case Category.WAIT if not code.startswith("callboard_"):
            delays = WAITS.get(code, WAITS[""])
        case _:
            return None
    return delays[attempt - 1] if 1 <= attempt <= len(delays) else None
