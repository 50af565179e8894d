"""Words that carriers answer by themselves on SMS, whatever the campaign has just asked (twilio.md 3.2)."""

from flows.understanding.normalise import fold

_STOPS = frozenset({"stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout"})
_STARTS = frozenset({"start", "unstop"})
_LIKE_STARTS = _STARTS | {"yes"}


def opts_out(text: str) -> bool:
    """Say whether a carrier takes *text* as opting out, and confirms that."""
    return fold(text).replace(" ", "") in _STOPS


def opts_in(text: str) -> bool:
    """Say whether a carrier takes *text* as opting in again, and confirms that."""
    return fold(text) in _STARTS


def may_opt_in(text: str) -> bool:
    """Say whether a carrier may take *text* as opting in again: "yes" too, of somebody who had opted out."""
    return fold(text) in _LIKE_STARTS
