"""Outside texts as a database can hold them."""

import re

_SURROGATE = re.compile("[\ud800-\udfff]")  # a byte that was no UTF-8, or half of a pair


def storable(text: str) -> str:
    """Return *text* without NUL, which no database stores, and with a replacement character for what is no Unicode."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return _SURROGATE.sub("\ufffd", text.replace("\0", ""))
