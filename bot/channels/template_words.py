"""What the state of a template means, and what to do about it: WhatsApp's codes in words."""

import re
from dataclasses import dataclass

_STATES = {
    "approved": ("Approved", "It can open conversations."),
    "pending": ("Being looked at", "WhatsApp mostly decides within an hour, at times within two days."),
    "received": ("Being looked at", "WhatsApp mostly decides within an hour, at times within two days."),
    "rejected": ("Rejected", ""),
    "paused": ("Paused by WhatsApp", ("Too many people blocked it or called it spam. It comes back by itself, the "
               "first time after three hours; say more plainly why you write, and only write to who expects it.")),
    "disabled": ("Switched off by WhatsApp", ("Too many people called it spam, for the third time. Write a new "
                 "template under another name.")),
    "unsubmitted": ("Not submitted", "Approval has not been asked for: it cannot open a conversation."),
    "draft": ("Draft", "Only here so far: submit it when it is ready."),
    "creating": ("On its way", "It is being handed to Twilio."),
    "requesting": ("On its way", "Twilio has it; approval is being asked for."),
    "submitted": ("Being looked at", "WhatsApp mostly decides within an hour, at times within two days."),
    "failed": ("Not taken", ""),
}  # fmt: skip
_REASONS = (
    (r"INVALID[_ ]FORMAT|VARIABLE|PLACEHOLDER|PARAM", "its form is wrong",
     "Variables must be numbered {{1}}, {{2}} with enough words around each, never first, last or side by side."),
    (r"TAG_CONTENT_MISMATCH|CATEGORY", "it is not of the category that was named",
     ("News of an application are UTILITY only where they advertise nothing. Submit it as MARKETING, or take out "
     "what invites to something new.")),
    (r"PROMOTION", "it advertises something in a category that is not for it",
     "Submit it as MARKETING, or take out what advertises."),
    (r"ABUSIVE|THREAT|PROFAN", "its words are taken for threatening or abusive", "Write it more kindly."),
    (r"SCAM|PHISH|SENSITIVE|PERSONAL", "it seems to ask for what a swindler would ask for",
     "Ask for no card, account or identity numbers, and shorten no links."),
    (r"LANGUAGE|LOCALE", "its words are not in the language that was named",
     "Write it, with its examples, in that language alone."),
    (r"DUPLICATE|ALREADY EXISTS|EXIST", "there is a template with this name or text already",
     "Use the one that is there, or write other words under another name."),
    (r"SAMPLE|EXAMPLE", "examples are missing or do not fit",
     "Give each variable an example such as it will really hold."),
    (r"URL|LINK", "it holds a link that WhatsApp does not take", "Use the whole address of your own site."),
    (r"LIMIT", "the account has as many templates as it may have", "Delete some that are not used."),
)  # fmt: skip
NEW_NAME = "A rejected name is used up: submit it under a new one."


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state in a word or two, and a sentence on what it means and what to do."""

    label: str
    advice: str


def explain_state(status: str, reason: str = "") -> StateWords:
    """Say what a template's state means; *reason* is whatever the provider gave for it."""
    label, advice = _STATES.get(status.lower(), (status.replace("_", " ").capitalize() or "Unknown", ""))
    if status == "rejected":
        advice = f"{_reason(reason)} {NEW_NAME}"
    elif status == "failed":
        advice = f"{_sentence(reason) or 'Twilio did not take it.'} Change it and submit it again."
    elif reason.strip() and status in {"creating", "requesting"}:
        advice = f"{_sentence(reason)} It is tried again by itself."
    return StateWords(label, advice)


def _reason(reason: str) -> str:
    given = reason.strip()
    if given.upper() in {"", "NONE"}:
        return "WhatsApp gave no reason."
    for pattern, words, remedy in _REASONS:
        if re.search(pattern, given, re.IGNORECASE):
            return f"WhatsApp says that {words}. {remedy}"
    return f"WhatsApp says: {given.rstrip('.')}."


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def warn_of_category(wanted: str, given: str) -> str:
    """Say what it means where WhatsApp has put a template into another category than was asked for."""
    if given != "MARKETING":
        return ""
    moved = "WhatsApp has moved it to MARKETING: " if wanted and wanted != given else "Category MARKETING: "
    return f"{moved}it reaches nobody with a number of the United States, and elsewhere not everybody."
