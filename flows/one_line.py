"""Text that somebody else wrote, on a terminal."""

_JOINERS = "\u200c\u200d"
"""Of letters, in Persian and Hindi, and of emoji."""


def in_one_line(text: str) -> str:
    """Return *text* as a terminal can show it: what would break the line, colour it or turn it round is written out."""
    return "".join(c if c.isprintable() or c in _JOINERS else c.encode("unicode_escape").decode("ascii") for c in text)
